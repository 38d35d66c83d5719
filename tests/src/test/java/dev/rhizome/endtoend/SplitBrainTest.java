package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** INV-10: both have acknowledged writes that the other lacks; nobody's are thrown away unasked. */
@Timeout(120)
final class SplitBrainTest {
    @RegisterExtension final Cluster cluster = new Cluster();

    private Path journal(NodeProcess node) {
        return cluster.folder().resolve("journal-" + node.name());
    }

    private void write(NodeProcess node, long firstSequence) {
        StampedWriter.writeSome(node, journal(node), firstSequence);
    }

    /** Both have gone on alone: that is what both tell, also when one is demoted. */
    private void requireSplitBrain(NodeProcess demoted) {
        for (NodeProcess node : List.of(cluster.alpha(), cluster.beta())) {
            Status status = node.await("StandAlone", Status::standAlone);
            assertThat(status.connectionReason()).contains("split brain");
            assertThat(status.disk()).isEqualTo("UpToDate");
        }
        demoted.demote();
        connectAndRequireSplitBrain();
    }

    private void connectAndRequireSplitBrain() {
        cluster.alpha().connect();
        cluster.beta().connect();
        for (NodeProcess node : List.of(cluster.alpha(), cluster.beta())) {
            Status status =
                    node.await(
                            "StandAlone for split brain",
                            s -> s.standAlone() && s.connectionReason().contains("split brain"));
            assertThat(status.disk()).isEqualTo("UpToDate");
            assertThat(node.rhizome("status", "r0").orFail()).contains("split brain");
        }
    }

    @Test
    void bothWereWrittenWhileDisconnected() {
        Tool.requireLibnbd();
        cluster.startInStep();
        cluster.alpha().disconnect();
        cluster.beta().await("not connected", status -> !status.connected());
        cluster.beta().promote();
        write(cluster.alpha(), 0);
        write(cluster.beta(), 1_000_000);

        cluster.alpha().connect();

        requireSplitBrain(cluster.beta());
        StampedWriter.requireNoneLost(cluster.alpha(), journal(cluster.alpha()));
        cluster.beta().promote();
        StampedWriter.requireNoneLost(cluster.beta(), journal(cluster.beta()));
    }

    @Test
    void itIsSeenAlsoAfterARestartOfBoth() {
        Tool.requireLibnbd();
        cluster.startInStep();
        cluster.alpha().disconnect();
        cluster.beta().await("not connected", status -> !status.connected());
        cluster.beta().promote();
        write(cluster.alpha(), 0);
        write(cluster.beta(), 1_000_000);
        cluster.alpha().kill();
        assertThat(cluster.beta().stop()).isZero();

        cluster.alpha().launch();
        cluster.beta().start();
        cluster.alpha().awaitReady();

        for (NodeProcess node : List.of(cluster.alpha(), cluster.beta())) {
            node.await("StandAlone", Status::standAlone);
            assertThat(node.status().connectionReason()).contains("split brain");
        }
    }

    @Test
    void aPrimaryThatWasFrozenWakesBesideItsSuccessor() {
        Tool.requireLibnbd();
        cluster.startInStep();
        try (StampedWriter writer =
                StampedWriter.start(cluster.alpha(), journal(cluster.alpha()), 0)) {
            writer.awaitMore(250);
            cluster.alpha().freeze();
            cluster.beta().await("alone", status -> !status.connected());
            cluster.beta().promote();
            StampedWriter.requireNoneLost(cluster.beta(), journal(cluster.alpha()));
            write(cluster.beta(), 1_000_000);

            cluster.alpha().thaw();
            writer.awaitMore(250);
            writer.stop();
            requireSplitBrain(cluster.alpha());
        }
    }

    @Test
    void anOperatorDiscardsOneSidesChanges() throws Exception {
        Tool.requireLibnbd();
        cluster.startInStep();
        cluster.alpha().disconnect();
        cluster.beta().await("not connected", status -> !status.connected());
        cluster.beta().promote();
        write(cluster.alpha(), 0);
        write(cluster.beta(), 1_000_000);
        cluster.alpha().connect();
        requireSplitBrain(cluster.beta());

        long before = cluster.alpha().status().resyncedBytes();
        cluster.beta().rhizome("connect", "--discard-my-data", "r0").orFail();
        cluster.alpha().connect();
        cluster.awaitInStep();

        assertThat(cluster.beta().rhizome("status", "r0").orFail())
                .contains("rule:split-brain-bitmap", "resolution:discard-my-data");
        assertThat(cluster.alpha().status().resyncedBytes() - before)
                .as("only what either has changed is copied")
                .isLessThan(cluster.alpha().status().sizeBytes() / 2);
        StampedWriter.requireNoneLost(cluster.alpha(), journal(cluster.alpha()));
        cluster.alpha().demote();
        cluster.requireIdentical();
    }
}
