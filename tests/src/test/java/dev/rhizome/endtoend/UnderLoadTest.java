package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The link is lost, and operators act, while a writer has 16 requests in flight. */
@Timeout(120)
final class UnderLoadTest {
    private static final int SOME_WRITES = 500;
    private static final int ROUNDS = 3;

    @RegisterExtension final Cluster cluster = new Cluster();

    @BeforeEach
    void start() {
        Tool.requireLibnbd();
        cluster.startInStep();
    }

    private Path journal() {
        return cluster.folder().resolve("journal");
    }

    private StampedWriter writer() {
        return StampedWriter.start(cluster.alpha(), journal(), 0);
    }

    @Test
    void theConnectionIsReset() throws IOException {
        Tool.require("ss");
        try (StampedWriter writer = writer()) {
            for (int round = 0; round < ROUNDS; round++) {
                writer.awaitMore(SOME_WRITES);
                resetConnection();
                cluster.beta().await("up to date again", Status::mirrored);
            }
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal());
    }

    /** Has the kernel reset the link, whichever side dialled, and waits until both have noticed. */
    private void resetConnection() {
        int alphaSaid = cluster.alpha().process().lines().size();
        int betaSaid = cluster.beta().process().lines().size();
        StringBuilder killed = new StringBuilder();
        for (int port : new int[] {cluster.alphaPort(), cluster.betaPort()}) {
            String[] command = {"ss", "-HtnK", "state", "established", "sport", "= :" + port};
            killed.append(Tool.run(command).orFail());
        }
        if (killed.isEmpty()) {
            Tool.skip("this kernel does not let ss reset connections");
        }
        cluster.alpha().process().awaitLine("is down:", alphaSaid);
        cluster.beta().process().awaitLine("is down:", betaSaid);
    }

    @Test
    void theOperatorDisconnectsAndConnects() throws IOException {
        try (StampedWriter writer = writer()) {
            for (int round = 0; round < ROUNDS; round++) {
                NodeProcess node = round % 2 == 0 ? cluster.alpha() : cluster.beta();
                writer.awaitMore(SOME_WRITES);
                node.disconnect();
                node.await("StandAlone", status -> status.connection().equals("StandAlone"));
                writer.awaitMore(SOME_WRITES);
                node.connect();
                cluster.beta().await("up to date again", Status::mirrored);
            }
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal());
    }

    @Test
    void theOperatorDemotesThePrimary() throws IOException {
        try (StampedWriter writer = writer()) {
            writer.awaitMore(SOME_WRITES);
            cluster.alpha().demote();
            writer.end();
        }
        assertThat(cluster.alpha().nbdSocket()).doesNotExist();
        cluster.beta().promote();
        StampedWriter.requireNoneLost(cluster.beta(), journal());
        cluster.requireIdentical();
        assertThat(cluster.beta().status().resyncedBytes())
                .as("only the first sync")
                .isEqualTo(cluster.alpha().status().resyncedBytes());
    }

    @Test
    void thePrimaryIsStoppedInOrder() throws IOException {
        try (StampedWriter writer = writer()) {
            writer.awaitMore(SOME_WRITES);
            assertThat(cluster.alpha().stop()).as("exit code of SIGTERM").isZero();
            writer.end();
        }
        cluster.beta().promoteWhenAllowed();
        StampedWriter.requireNoneLost(cluster.beta(), journal());
        cluster.alpha().start();
        cluster.requireIdentical();
    }
}
