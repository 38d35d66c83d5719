package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An operator pauses resyncs, has a node's data copied anew, skips the first copy. */
@Timeout(180)
final class SyncCommandsTest {
    private static final long MIB = 1 << 20;
    private static final int USAGE = 2;
    private static final int REFUSED = 11;
    private static final String R0 = Cluster.RESOURCE;

    /** Copies that do not wait for the writer. */
    @RegisterExtension final Cluster cluster = new Cluster("c-min-rate = 1GiB").diskBytes(16 * MIB);

    private NodeProcess alpha;
    private NodeProcess beta;

    @BeforeEach
    void nodes() {
        alpha = cluster.alpha();
        beta = cluster.beta();
    }

    private static void requireDone(NodeProcess node, String verb, String says) {
        assertThat(node.rhizome(verb, R0).orFail()).isEqualTo("r0: " + says);
    }

    private static void requireRefused(NodeProcess node, String verb, String... parts) {
        requireRefusal(node.rhizome(verb, R0), parts);
    }

    private static void requireRefusal(Tool.Result result, String... parts) {
        assertThat(result.output()).contains(parts).hasLineCount(1);
        assertThat(result.exitCode()).isEqualTo(REFUSED);
    }

    /** As {@link #requireDone}, but without the time that the command takes to start. */
    private static void tell(NodeProcess node, String verb) {
        assertThat(node.post(verb).accepted()).as(verb).isTrue();
    }

    private static Tool.Result newCurrentUuid(NodeProcess node) {
        return node.rhizome("new-current-uuid", "--clear-bitmap", R0);
    }

    /** What a disk has forgotten is back when all of it has been copied anew. */
    private static void forget(NodeProcess node) throws IOException {
        Disks.overwrite(node.disk(), 3 * MIB + 5, new byte[] {1, 2, 3, 4});
        Disks.overwrite(node.disk(), 8 * MIB, new byte[8192]);
    }

    private void requireCopiedAnew(NodeProcess source, long before) throws IOException {
        cluster.requireIdentical();
        Status status = source.status();
        assertThat(status.resyncedBytes() - before).isEqualTo(status.sizeBytes());
        assertThat(status.outOfSyncBytes()).isZero();
    }

    /** Both have the same data, and neither knows. */
    private void declareTheSame() throws IOException {
        Disks.fill(alpha.disk(), 10 * MIB, 1);
        Disks.fill(beta.disk(), 10 * MIB, 1);
        cluster.startBoth();
        assertThat(alpha.status().disk()).isEqualTo("Inconsistent");
        assertThat(alpha.status().peerDisk()).isEqualTo("Inconsistent");
        Tool.Result incomplete = alpha.rhizome("new-current-uuid", R0);
        assertThat(incomplete.exitCode()).isEqualTo(USAGE);
        assertThat(incomplete.output()).contains("--clear-bitmap");

        assertThat(newCurrentUuid(alpha).orFail())
                .isEqualTo("r0: both nodes have the same data: nothing is copied");
        cluster.requireIdentical();
        assertThat(alpha.status().resyncedBytes()).isZero();
        requireRefusal(newCurrentUuid(beta), "this node's disk is not blank");
    }

    @Test
    void whatIsDeclaredTheSameIsCopiedAnewWhenAnOperatorWantsIt() throws IOException {
        declareTheSame();
        alpha.promote();
        requireRefusal(newCurrentUuid(beta), "a node is Primary: its data counts");

        aSecondarysDataIsCopiedAnewAfterAPause();
        forget(beta);
        long before = alpha.status().resyncedBytes();
        requireDone(alpha, "invalidate-remote", "the peer's data is being copied anew");
        requireCopiedAnew(alpha, before);

        forget(alpha);
        before = beta.status().resyncedBytes();
        requireDone(alpha, "invalidate", "this node's data is being copied anew");
        assertThat(alpha.status().role()).isEqualTo("Primary");
        requireCopiedAnew(beta, before);

        withoutThePeer();
    }

    private void aSecondarysDataIsCopiedAnewAfterAPause() throws IOException {
        requireRefused(beta, "resume-sync", "this node has not paused resyncs");
        requireDone(beta, "pause-sync", "resyncs are paused; 'resume-sync' on this node ends it");
        requireRefused(beta, "pause-sync", "this node has paused resyncs already");
        alpha.await("told", status -> status.resyncSuspended().equals("peer"));
        requireRefused(alpha, "resume-sync", "the peer has paused resyncs", "resume-sync there");

        forget(beta);
        requireDone(beta, "invalidate", "this node's data is being copied anew");
        beta.await("a pause", status -> status.replication().equals("PausedSyncT"));
        alpha.await("a pause", status -> status.replication().equals("PausedSyncS"));
        assertThat(beta.rhizome("status").orFail())
                .contains("disk:Inconsistent", "replication:PausedSyncT", "resync-suspended:user")
                .contains("limit:paused-by-user");
        assertThat(alpha.rhizome("status").orFail())
                .contains("peer-disk:Inconsistent", "replication:PausedSyncS")
                .contains("resync-suspended:peer", "limit:paused-by-peer");
        requireRefused(alpha, "invalidate", "a resync is running: let it end, or disconnect");
        requireRefused(beta, "invalidate-remote", "a resync is running");
        requireRefusal(newCurrentUuid(beta), "a resync or another agreement is under way");
        assertThat(alpha.status().resyncedBytes()).isZero();

        requireDone(beta, "resume-sync", "this node does not pause resyncs any more");
        requireCopiedAnew(alpha, 0);
        assertThat(alpha.rhizome("status").orFail())
                .doesNotContain("replication:", "resync-suspended:", "out-of-sync:");
        assertThat(beta.log())
                .contains("disk Outdated: this node's data is given up for the peer's");
    }

    private void withoutThePeer() throws IOException {
        alpha.disconnect();
        beta.await("not connected", status -> !status.connected());
        requireRefused(alpha, "invalidate", "its clients use its data", "demote it first");
        requireRefused(alpha, "invalidate-remote", "the peer is not connected: connect");
        requireRefusal(newCurrentUuid(alpha), "the nodes are not connected: connect first");

        forget(beta);
        requireDone(
                beta, "invalidate", "this node's data is copied anew when the peer is connected");
        assertThat(beta.status().disk()).isEqualTo("Inconsistent");
        assertThat(beta.status().outOfSyncBytes()).isEqualTo(beta.status().sizeBytes());
        long before = alpha.status().resyncedBytes();
        alpha.connect();
        beta.post("connect");
        requireCopiedAnew(alpha, before);
    }

    @Test
    void clientsNoticeNothing() throws IOException {
        Tool.requireLibnbd();
        Disks.fill(alpha.disk(), 10 * MIB, 1);
        cluster.startInStep();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(alpha, journal, 0)) {
            writer.awaitMore(250);
            tell(alpha, "pause-sync");
            tell(beta, "invalidate");
            beta.await("a pause", status -> status.replication().equals("PausedSyncT"));
            writer.awaitMore(500);
            aPauseOutlivesTheLink();
            writer.awaitMore(500);
            tell(alpha, "resume-sync");
            beta.await("a copy", Status::mirrored);

            tell(alpha, "invalidate");
            writer.awaitMore(500);
            alpha.await("a copy", Status::mirrored);
            aPauseEndsWithTheDaemon(writer);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(alpha, journal);
        theNewestDataIsNotGivenUp();
    }

    private void aPauseOutlivesTheLink() {
        alpha.disconnect();
        beta.await("not connected", status -> !status.connected());
        alpha.connect();
        beta.post("connect");
        alpha.await("a pause", status -> status.replication().equals("PausedSyncS"));
    }

    private void aPauseEndsWithTheDaemon(StampedWriter writer) {
        tell(beta, "pause-sync");
        tell(beta, "invalidate");
        alpha.await("a pause", status -> status.replication().equals("PausedSyncS"));
        beta.kill();
        writer.awaitMore(500);
        beta.start();
        beta.await("a copy", Status::mirrored);
        assertThat(beta.status().resyncSuspended()).isEqualTo("no");
    }

    private void theNewestDataIsNotGivenUp() {
        beta.stop();
        alpha.await("alone", status -> !status.connected());
        Path journal = cluster.folder().resolve("journal-alone");
        try (StampedWriter writer = StampedWriter.start(alpha, journal, 1_000_000)) {
            writer.awaitMore(250);
            writer.stop();
        }
        alpha.demote();
        requireRefused(alpha, "invalidate", "known to be older or incomplete");
        assertThat(alpha.status().disk()).isEqualTo("UpToDate");
    }
}
