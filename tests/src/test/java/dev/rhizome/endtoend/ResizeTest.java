package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A volume, its device and the file system on it become larger while they are used. */
class ResizeTest {
    private static final long MIB = 1L << 20;
    private static final long DISK_BYTES = 320 * MIB;
    private static final long LARGER_BYTES = 420 * MIB;

    /** Two slots, the activity log, and four pages of the bitmap. */
    private static final long METADATA_BYTES = (2 + 255 + 4) * 4096;

    @RegisterExtension final Cluster cluster = Cluster.withDevice("fuse", DISK_BYTES);

    @BeforeEach
    void requireWhatItTakes() {
        Tool.require("mkfs.xfs", "xfs_growfs", "blockdev", "unshare", "mount");
        MountedScript.requireWhatItTakes();
    }

    private static void grow(Path disk) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(LARGER_BYTES);
        }
    }

    @Test
    void aFileSystemGrowsUnderLoad() throws IOException {
        cluster.startInStep();
        NodeProcess alpha = cluster.alpha();
        long before = alpha.status().sizeBytes();
        try (Child workload =
                MountedScript.start(cluster, "device.sh", alpha, alpha.device(), "grow")) {
            workload.awaitLine("mounted");
            Tool.Result refused = alpha.rhizome("resize", Cluster.RESOURCE);
            assertThat(refused.exitCode()).isNotZero();
            assertThat(refused.output()).contains("grow the backing device of both nodes first");
            grow(alpha.disk());
            grow(cluster.beta().disk());
            Tool.Result resized = cluster.beta().rhizome("resize", Cluster.RESOURCE);
            assertThat(resized.output()).contains("the volume has ");
            assertThat(resized.exitCode()).isZero();
            long after = LARGER_BYTES - METADATA_BYTES;
            assertThat(alpha.status().sizeBytes()).isGreaterThan(before).isEqualTo(after);
            alpha.await(
                    "the device's new size",
                    status -> alpha.logged("has the volume's new size") > 0);
            workload.say("go");
            workload.awaitLine("device: " + after);
            assertThat(workload.awaitExit(Waiting.LIMIT)).as(workload.output()).isZero();
            assertThat(workload.output()).contains("grown: ").contains("file system clean");
        }
        cluster.requireIdentical();
        // The disks are found again at their new size, after a crash as well.
        alpha.kill();
        alpha.start();
        cluster.beta().stop();
        cluster.beta().start();
        cluster.awaitInStep();
        cluster.requireIdentical();
    }
}
