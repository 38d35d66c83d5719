package dev.rhizome.daemon.adjust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.adjust.AdjustStep.State;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.replicator.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class AdjusterTest {
    private final FakeOpener opener = new FakeOpener();
    private final Fixture fixture;
    private final String original;
    private final Resources resources;
    private final Adjuster adjuster;

    AdjusterTest(@TempDir Path directory) throws Exception {
        fixture = new Fixture(directory);
        original = Files.readString(fixture.file);
        resources = new Resources(fixture.configuration(), "alpha", opener);
        resources.upAll(Duration.ofSeconds(30));
        adjuster = new Adjuster(fixture.configuration(), "alpha", resources);
        opener.journal.clear();
    }

    @AfterEach
    void stop() {
        resources.close(Duration.ofSeconds(30));
    }

    @Test
    void theSameFileIsNothingToDo() throws Exception {
        assertThat(adjuster.adjust(false)).isEmpty();
        assertThat(opener.journal).isEmpty();
    }

    @Test
    void certificatesAreLookedAtAlsoIfTheFileIsTheSame() throws Exception {
        opener.volume("r0").certificates =
                new CommandResult(true, "certificate-renewed", "serial 7");
        assertThat(adjuster.adjust(true)).as("only asked for").isEmpty();
        assertThat(adjuster.adjust(false))
                .extracting(AdjustStep::toString)
                .containsExactly(
                        "resources.r0 certificates: those of before -> serial 7 counts for new"
                                + " connections (certificate-renewed); done");
        opener.volume("r0").certificates =
                new CommandResult(false, "certificate-problem", "x is empty");
        assertThat(adjuster.adjust(false))
                .extracting(AdjustStep::toString)
                .containsExactly(
                        "resources.r0 certificates: those of before -> the files as they are would"
                                + " count for new connections (certificate-problem); left: x is"
                                + " empty");
    }

    @Test
    void whatCanBeTakenOverIsWithoutClosing() throws Exception {
        append("resources.r0 { disk.on-io-error = pass-on, net.after-sb-1pri = consensus }");

        assertThat(adjuster.adjust(true))
                .extracting(AdjustStep::toString)
                .containsExactlyInAnyOrder(
                        "resources.r0.disk.on-io-error: detach -> pass-on takes effect at once"
                                + " (at-once); planned",
                        "resources.r0.net.after-sb-1pri: disconnect -> consensus is taken over, and"
                                + " counts from the next handshake on (next-handshake); planned");
        assertThat(opener.volume("r0").calls).isEmpty();

        assertThat(adjuster.adjust(false)).extracting(AdjustStep::state).containsOnly(State.DONE);
        assertThat(opener.volume("r0").calls).containsExactly("adjust pass-on");
        assertThat(opener.journal).isEmpty();
        assertThat(adjuster.adjust(false)).isEmpty();
    }

    @Test
    void aSecondaryIsClosedAndOpenedWhereThatIsNeeded() throws Exception {
        opener.volume("r0").status = FakeVolume.alone("r0", "alpha", "beta");
        append("resources.r0.net.connect-interval = 3s");

        assertThat(adjuster.adjust(false))
                .extracting(AdjustStep::rule, AdjustStep::state)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("down-up", State.DONE));
        assertThat(opener.journal).containsExactly("close r0", "open r0");
        assertThat(adjuster.adjust(false)).isEmpty();
    }

    @Test
    void aPrimaryIsLeftAloneAndAdjustedOnceItIsOpenedAgain() throws Exception {
        append("resources.r0 { net.connect-interval = 3s, disk.disk-timeout = 9s }");

        List<AdjustStep> steps = adjuster.adjust(false);
        assertThat(steps)
                .extracting(AdjustStep::rule, AdjustStep::state)
                .containsExactlyInAnyOrder(
                        org.assertj.core.groups.Tuple.tuple("down-up", State.LEFT),
                        org.assertj.core.groups.Tuple.tuple("at-once", State.DONE));
        assertThat(steps.toString()).contains("r0 is Primary here");
        assertThat(opener.journal).isEmpty();
        assertThat(adjuster.adjust(true))
                .extracting(AdjustStep::what)
                .containsExactly("resources.r0.net.connect-interval");

        var resource = Objects.requireNonNull(resources.find("r0"));
        resource.down().join();
        resource.up().join();
        assertThat(adjuster.adjust(true)).isEmpty();
    }

    @Test
    void resourcesComeAndGo() throws Exception {
        opener.volume("r1").status = FakeVolume.alone("r1", "alpha", "beta");
        Files.writeString(fixture.file, original.replace("r1", "r2"));

        assertThat(adjuster.adjust(false))
                .extracting(AdjustStep::toString)
                .containsExactly(
                        "resources.r1: present -> absent is taken down, and forgotten"
                                + " (gone-resource); done",
                        "resources.r2: absent -> present is brought up (new-resource); done");
        assertThat(opener.journal).containsExactly("close r1", "open r2");
        assertThat(resources.find("r1")).isNull();
        assertThat(adjuster.adjust(false)).isEmpty();
    }

    @Test
    void whatTheDaemonItselfNeedsIsSaid() throws Exception {
        append("nodes.alpha.metrics-address = \"127.0.0.1:9942\"");

        assertThat(adjuster.adjust(false))
                .extracting(AdjustStep::toString)
                .containsExactly(
                        "nodes.alpha.metrics-address: none -> 127.0.0.1:9942 needs the daemon"
                                + " started again (restart); left: start the daemon again");
    }

    @Test
    void whatIsTheOtherNodesIsNotThisOnes() throws Exception {
        append("nodes.beta.control-socket = /run/b.sock, resources.r0.on.beta.disk = /dev/x");

        assertThat(adjuster.adjust(false)).isEmpty();
    }

    @Test
    void aBadFileChangesNothing() throws Exception {
        append("resources.r0 { disk { on-io-error = pass-on, disk-timeuot = 1s } }");

        assertThatThrownBy(() -> adjuster.adjust(false))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("disk-timeuot");
        assertThat(opener.volume("r0").calls).isEmpty();
    }

    private void append(String text) throws IOException {
        Files.writeString(fixture.file, original + text + "\n");
    }
}
