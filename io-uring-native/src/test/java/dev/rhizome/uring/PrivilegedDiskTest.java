package dev.rhizome.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.linux.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs root: a real block device (loop), and a disk that is full. */
class PrivilegedDiskTest {

    private static final int MIB = 1 << 20;
    private static final int BLOCK = 4096;
    private static final int NOT_MOUNTED = 77;

    @TempDir Path directory = Path.of("");

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLoopDevice(boolean ioUring) throws Exception {
        Place.skipUnless(
                Files.isWritable(Path.of("/dev/loop-control")), "/dev/loop-control not writable");
        Path file = Place.file(directory, "backing", 8 * MIB);
        Said attached = run("losetup", "--find", "--show", file.toString());
        Place.skipUnless(attached.status() == 0, "losetup: " + attached.text());
        Path device = Path.of(attached.text().strip());
        try (Disk disk = Disk.open(device, DiskOptions.DEFAULT);
                QueueRig rig = QueueRig.open(ioUring)) {
            assertThat(disk.isBlockDevice()).isTrue();
            assertThat(disk.direct()).isTrue();
            assertThat(disk.sizeBytes()).isEqualTo(8 * MIB);
            assertThat(disk.logicalBlockBytes()).isIn(512, 1024, 2048, 4096);
            assertThat(disk.physicalBlockBytes()).isGreaterThanOrEqualTo(512);
            assertThatThrownBy(() -> Disk.open(device, DiskOptions.DEFAULT))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("is in use by another process");
            exercise(rig, disk);
        } finally {
            assertThat(run("losetup", "--detach", device.toString()).status()).isZero();
        }
    }

    private static void exercise(QueueRig rig, Disk disk) {
        AlignedBuffer ones = AlignedBuffer.allocate(MIB);
        byte[] pattern = new byte[MIB];
        Arrays.fill(pattern, (byte) 1);
        ones.buffer().put(0, pattern);
        assertThat(rig.write(disk, ones, MIB, 0)).isEqualTo(MIB);
        assertThat(rig.writeDurably(disk, ones, MIB, MIB)).isEqualTo(MIB);
        assertThat(rig.flush(disk)).isZero();
        assertThat(rig.trim(disk, BLOCK, 2 * BLOCK)).isZero();
        assertThat(rig.zero(disk, 8 * BLOCK, BLOCK)).isZero();
        disk.holesRefused();
        disk.zeroRangesRefused();
        assertThat(rig.trim(disk, 16 * BLOCK, BLOCK)).isZero();

        AlignedBuffer memory = AlignedBuffer.allocate(MIB);
        assertThat(rig.read(disk, memory, MIB, 0)).isEqualTo(MIB);
        Arrays.fill(pattern, BLOCK, 3 * BLOCK, (byte) 0);
        Arrays.fill(pattern, 8 * BLOCK, 9 * BLOCK, (byte) 0);
        Arrays.fill(pattern, 16 * BLOCK, 17 * BLOCK, (byte) 0);
        byte[] found = new byte[MIB];
        memory.buffer().get(0, found);
        assertThat(Arrays.equals(found, pattern)).isTrue();
        assertThat(rig.read(disk, memory, BLOCK, disk.sizeBytes())).isZero();
        assertThat(rig.write(disk, memory, BLOCK, disk.sizeBytes())).isEqualTo(-Errno.ENOSPC);
    }

    @Test
    void aFullDisk() throws Exception {
        // A mount namespace of its own, in a process of its own, takes the mount away at its end.
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String script =
                "mount -t tmpfs -o size=64k rhizome-test \"$1\" || exit "
                        + NOT_MOUNTED
                        + "; shift; exec \"$@\"";
        Said said =
                run(
                        "unshare",
                        "--mount",
                        "--propagation",
                        "private",
                        "sh",
                        "-c",
                        script,
                        "sh",
                        directory.toString(),
                        java,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Filler.class.getName(),
                        directory.toString());
        boolean refused =
                said.status() == -1
                        || said.status() == NOT_MOUNTED
                        || said.text().startsWith("unshare:");
        Place.skipUnless(!refused, "no private tmpfs: " + said.text().strip());

        assertThat(said.text().lines())
                .contains("io_uring: No space left on device")
                .contains("worker-threads: No space left on device");
    }

    /** Writes more into a directory's file system than it holds, and says what came back. */
    static final class Filler {
        private Filler() {}

        public static void main(String[] arguments) throws IOException {
            Path path = Place.file(Path.of(arguments[0]), "disk", MIB);
            for (boolean ioUring : new boolean[] {true, false}) {
                try (Disk disk = Disk.open(path, DiskOptions.DEFAULT);
                        QueueRig rig = QueueRig.open(ioUring)) {
                    int result = rig.write(disk, AlignedBuffer.allocate(MIB), MIB, 0);
                    String queue = ioUring ? "io_uring" : "worker-threads";
                    System.out.println(queue + ": " + Errno.text(result));
                }
            }
        }
    }

    private record Said(int status, String text) {}

    private static Said run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            return new Said(-1, String.valueOf(e.getMessage()));
        }
        try {
            String text = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return new Said(process.exitValue(), text);
        } finally {
            process.destroyForcibly();
        }
    }
}
