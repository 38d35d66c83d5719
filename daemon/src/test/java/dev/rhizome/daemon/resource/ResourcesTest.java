package dev.rhizome.daemon.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ResourcesTest {
    private final FakeOpener opener = new FakeOpener();
    private final Resources resources;

    ResourcesTest(@TempDir Path directory) throws Exception {
        resources = new Resources(new Fixture(directory).configuration(), "alpha", opener);
    }

    @Test
    void allAreOpenedAndClosedLastFirst() {
        assertThat(resources.upAll()).isEqualTo(2);
        resources.close();

        assertThat(opener.journal.subList(0, 2)).containsExactlyInAnyOrder("open r0", "open r1");
        assertThat(opener.journal.subList(2, 4)).containsExactly("close r1", "close r0");
    }

    @Test
    void oneThatFailsDoesNotKeepTheOthersFromOpening() {
        opener.refusals.put("r0", "its disk is missing");

        assertThat(resources.upAll()).isEqualTo(1);
        assertThat(resources.all().iterator().next().status().downReason())
                .isEqualTo("its disk is missing");
        resources.close();
        assertThat(opener.journal).containsExactly("open r1", "close r1");
    }

    @Test
    void nothingOpensAfterTheEnd() {
        resources.close();

        assertThat(resources.upAll()).isZero();
        assertThat(opener.journal).isEmpty();
    }
}
