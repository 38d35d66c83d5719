package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Real disks that die, or hang, under a writer with 16 requests in flight. */
@Timeout(180)
final class DiskFailureTest {
    private static final int SOME_WRITES = 1000;
    private static final String DISKLESS = "Diskless";

    private @Nullable FaultyDisk healthy;

    @RegisterExtension final Cluster cluster = new Cluster("disk-timeout = 3s");

    @BeforeEach
    void requireWhatItTakes() {
        Tool.requireLibnbd();
        FaultyDisk.requireWhatItTakes();
    }

    /** Both nodes get one, since both disks must have sectors of the same size. */
    private FaultyDisk startWithFaultyDiskOf(NodeProcess node) throws IOException {
        NodeProcess other = node == cluster.alpha() ? cluster.beta() : cluster.alpha();
        healthy = FaultyDisk.under(other, cluster.folder());
        FaultyDisk disk = FaultyDisk.under(node, cluster.folder());
        cluster.startInStep();
        return disk;
    }

    private void requireNothingLost(FaultyDisk disk) throws IOException {
        cluster.awaitInStep();
        StampedWriter.requireNoneLost(cluster.alpha(), journal());
        FaultyDisk other = Objects.requireNonNull(healthy);
        Disks.requireIdentical(disk.bytes(), other.bytes(), cluster.alpha().status().sizeBytes());
    }

    private Path journal() {
        return cluster.folder().resolve("journal");
    }

    private static void requireOk(Tool.Result result) {
        result.orFail();
    }

    private static boolean diskless(Status status) {
        return status.disk().equals(DISKLESS);
    }

    @Test
    void thePrimarysDiskDiesAndIsReplaced() throws IOException {
        FaultyDisk disk = startWithFaultyDiskOf(cluster.alpha());
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal(), 0)) {
            writer.awaitMore(SOME_WRITES);
            disk.fail();
            cluster.alpha().await("without a disk", DiskFailureTest::diskless);
            writer.awaitMore(SOME_WRITES);

            disk.recover();
            requireOk(cluster.alpha().rhizome("replace", "--force", Cluster.RESOURCE));
            cluster.alpha().await("up to date again", Status::mirrored);
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isZero();
        }
        requireNothingLost(disk);
        assertThat(cluster.alpha().log()).contains("local-io-error", "disk Diskless");
    }

    @Test
    void thePrimarysDiskHangsAndComesBack() throws IOException {
        FaultyDisk disk = startWithFaultyDiskOf(cluster.alpha());
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal(), 0)) {
            writer.awaitMore(SOME_WRITES);
            disk.hang();
            cluster.alpha().await("without a disk", DiskFailureTest::diskless);
            writer.awaitMore(SOME_WRITES);
            assertThat(cluster.alpha().rhizome("attach", Cluster.RESOURCE).output())
                    .contains("'detach' it first");

            disk.recover();
            cluster.alpha().process().awaitLine("disk-released");
            requireOk(cluster.alpha().rhizome("attach", Cluster.RESOURCE));
            cluster.alpha().await("up to date again", Status::mirrored);
            writer.awaitMore(SOME_WRITES);
            assertThat(writer.stop().failed()).isZero();
        }
        requireNothingLost(disk);
        assertThat(cluster.alpha().log()).contains("disk-timeout");
    }

    @Test
    void theSecondarysDiskDiesAndComesBack() throws IOException {
        FaultyDisk disk = startWithFaultyDiskOf(cluster.beta());
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal(), 0)) {
            writer.awaitMore(SOME_WRITES);
            disk.fail();
            cluster.beta().await("without a disk", DiskFailureTest::diskless);
            cluster.alpha().await("told", status -> status.peerDisk().equals(DISKLESS));
            writer.awaitMore(SOME_WRITES);

            disk.recover();
            requireOk(cluster.beta().rhizome("attach", Cluster.RESOURCE));
            cluster.beta().await("up to date again", Status::mirrored);
            assertThat(writer.stop().failed()).isZero();
        }
        requireNothingLost(disk);
    }

    @Test
    void aNodeRunsWithoutItsDiskForAWhile() throws IOException {
        cluster.startInStep();
        NodeProcess alpha = cluster.alpha();
        assertThat(alpha.rhizome("attach", Cluster.RESOURCE).output())
                .contains("'detach' it first");
        try (StampedWriter writer = StampedWriter.start(alpha, journal(), 0)) {
            writer.awaitMore(SOME_WRITES);
            requireOk(alpha.rhizome("detach", Cluster.RESOURCE));
            writer.awaitMore(SOME_WRITES);
            assertThat(cluster.beta().rhizome("detach", Cluster.RESOURCE).output())
                    .contains("served by this one");
            requireOk(alpha.rhizome("attach", Cluster.RESOURCE));
            alpha.await("up to date again", Status::mirrored);
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(alpha, journal());
        cluster.beta().kill();
        alpha.await("alone", status -> !status.connected());
        assertThat(alpha.rhizome("detach", Cluster.RESOURCE).output())
                .contains("the only UpToDate data", "--force");
        assertThat(alpha.status().disk()).isEqualTo("UpToDate");
    }
}
