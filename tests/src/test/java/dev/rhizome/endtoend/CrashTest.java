package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * INV-02: nodes die under a writer with 16 requests in flight; whatever was acknowledged can be
 * read afterwards, and the pair comes together again.
 */
@Timeout(120)
final class CrashTest {
    private static final int SOME_WRITES = 1000;

    @RegisterExtension final Cluster cluster = new Cluster();

    @BeforeEach
    void start() {
        Tool.requireLibnbd();
        cluster.startInStep();
    }

    private StampedWriter writer(NodeProcess node, String journal, long firstSequence) {
        return StampedWriter.start(node, journal(journal), firstSequence);
    }

    private Path journal(String name) {
        return cluster.folder().resolve(name);
    }

    private static boolean isAlone(Status status) {
        return !status.connected() && status.disk().equals("UpToDate");
    }

    @Test
    void thePrimaryIsKilled() throws IOException {
        long last;
        try (StampedWriter writer = writer(cluster.alpha(), "first", 0)) {
            writer.awaitMore(SOME_WRITES);
            cluster.alpha().kill();
            StampedWriter.End end = writer.end();
            assertThat(end.acknowledged()).isGreaterThanOrEqualTo(SOME_WRITES);
            last = end.last();
        }
        cluster.beta().promoteWhenAllowed();
        StampedWriter.requireNoneLost(cluster.beta(), journal("first"));

        try (StampedWriter writer = writer(cluster.beta(), "second", last)) {
            writer.awaitMore(SOME_WRITES);
            cluster.alpha().start();
            cluster.alpha().await("up to date again", Status::mirrored);
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.beta(), journal("first"), journal("second"));

        // And back: the node that returned has everything.
        cluster.beta().demote();
        cluster.alpha().promote();
        StampedWriter.requireNoneLost(cluster.alpha(), journal("first"), journal("second"));
    }

    @Test
    void theSecondaryIsKilled() throws IOException {
        try (StampedWriter writer = writer(cluster.alpha(), "journal", 0)) {
            writer.awaitMore(SOME_WRITES);
            cluster.beta().kill();
            cluster.alpha().await("alone", CrashTest::isAlone);
            writer.awaitMore(SOME_WRITES);

            cluster.beta().start();
            cluster.beta().await("up to date again", Status::mirrored);
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        assertThat(cluster.beta().status().resyncedBytes()).isPositive();
        StampedWriter.requireNoneLost(cluster.alpha(), journal("journal"));
    }

    @Test
    void theSecondaryIsKilledInTheMiddleOfAResync() throws IOException {
        try (StampedWriter writer = writer(cluster.alpha(), "journal", 0)) {
            for (int round = 0; round < 3; round++) {
                cluster.beta().kill();
                writer.awaitMore(SOME_WRITES);
                cluster.beta().start();
                cluster.beta().process().awaitLine("replication SyncTarget");
            }
            cluster.beta().await("up to date again", Status::mirrored);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal("journal"));
    }

    @Test
    void theSecondaryFallsSilent() throws IOException {
        try (StampedWriter writer = writer(cluster.alpha(), "journal", 0)) {
            writer.awaitMore(SOME_WRITES);
            cluster.beta().freeze();
            cluster.alpha().await("alone", CrashTest::isAlone);
            assertThat(cluster.alpha().log()).contains("silent");
            writer.awaitMore(SOME_WRITES);

            cluster.beta().thaw();
            cluster.alpha().await("up to date again", Status::mirrored);
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal("journal"));
    }

    @Test
    void bothAreKilledAtOnce() throws IOException {
        try (StampedWriter writer = writer(cluster.alpha(), "journal", 0)) {
            writer.awaitMore(SOME_WRITES);
            cluster.alpha().process().signal("KILL");
            cluster.beta().process().signal("KILL");
            writer.end();
            cluster.alpha().kill();
            cluster.beta().kill();
        }

        cluster.startBoth();
        cluster.requireIdentical();
        cluster.beta().promote();
        StampedWriter.requireNoneLost(cluster.beta(), journal("journal"));
        cluster.beta().demote();
        cluster.alpha().promote();
        StampedWriter.requireNoneLost(cluster.alpha(), journal("journal"));
    }

    @Test
    void afterBothWereKilledTheOneThatWentOnAloneIsTheSource() throws IOException {
        try (StampedWriter writer = writer(cluster.alpha(), "journal", 0)) {
            cluster.beta().kill();
            cluster.alpha().await("alone", CrashTest::isAlone);
            writer.awaitMore(SOME_WRITES);
            cluster.alpha().kill();
            writer.end();
        }

        cluster.startBoth();
        cluster.requireIdentical();
        cluster.beta().promote();
        StampedWriter.requireNoneLost(cluster.beta(), journal("journal"));
    }

    @Test
    void theOneThatWasLeftBehindMayNotBePromotedAlone() {
        try (StampedWriter writer = writer(cluster.alpha(), "journal", 0)) {
            cluster.beta().kill();
            writer.awaitMore(SOME_WRITES);
            cluster.alpha().kill();
            writer.end();
        }

        cluster.beta().start();
        ControlSocket.Answer refused = cluster.beta().post("primary");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.rule()).startsWith("no-up-to-date-data");
        assertThat(refused.text()).contains("--force");
    }
}
