package dev.rhizome.daemon.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
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
        assertThat(resources.upAll(Duration.ofSeconds(30))).isEqualTo(2);
        resources.close(Duration.ofSeconds(30));

        assertThat(opener.journal.subList(0, 2)).containsExactlyInAnyOrder("open r0", "open r1");
        assertThat(opener.journal.subList(2, 4)).containsExactly("close r1", "close r0");
    }

    @Test
    void oneThatFailsDoesNotKeepTheOthersFromOpening() {
        opener.refusals.put("r0", "its disk is missing");

        assertThat(resources.upAll(Duration.ofSeconds(30))).isEqualTo(1);
        assertThat(resources.all().iterator().next().status().downReason())
                .isEqualTo("its disk is missing");
        resources.close(Duration.ofSeconds(30));
        assertThat(opener.journal).containsExactly("open r1", "close r1");
    }

    @Test
    void nothingOpensAfterTheEnd() {
        resources.close(Duration.ofSeconds(30));

        assertThat(resources.upAll(Duration.ofSeconds(30))).isZero();
        assertThat(opener.journal).isEmpty();
    }

    @Test
    void oneThatHangsDoesNotKeepTheOthersFromClosing() {
        resources.upAll(Duration.ofSeconds(30));
        CountDownLatch answered = new CountDownLatch(1);
        opener.volume("r1").whileClosing = () -> Waits.until(answered);

        assertThat(resources.close(Duration.ofMillis(200))).containsExactly("r1");
        assertThat(opener.journal).contains("close r0").doesNotContain("close r1");
        answered.countDown();
    }

    @Test
    void oneThatHangsDoesNotKeepTheOthersFromOpening() {
        CountDownLatch answered = new CountDownLatch(1);
        opener.whileOpening.put("r0", () -> Waits.until(answered));

        assertThat(resources.upAll(Duration.ofMillis(200))).isLessThan(2);
        assertThat(resources.all().iterator().next().status().downReason())
                .contains("being opened");
        answered.countDown();
        assertThat(resources.upAll(Duration.ofSeconds(30))).isEqualTo(2);
        resources.close(Duration.ofSeconds(30));
    }

    /** Waiting as a disk does that hangs: nothing ends it. */
    private static final class Waits {
        static void until(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
