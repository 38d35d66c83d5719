package dev.rhizome.uring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiskTest {

    private static final DiskOptions READ_ONLY = new DiskOptions(true, true);

    @TempDir Path directory = Path.of("");

    @Test
    void knowsItsFile() throws IOException {
        Path path = Place.file(directory, "disk", 12_288);

        try (Disk disk = Disk.open(path, DiskOptions.DEFAULT)) {
            Place.skipUnless(disk.direct(), "no direct I/O in " + directory);
            assertThat(disk.path()).isEqualTo(path);
            assertThat(disk.sizeBytes()).isEqualTo(12_288);
            assertThat(disk.isBlockDevice()).isFalse();
            assertThat(disk.readOnly()).isFalse();
            assertThat(disk.logicalBlockBytes()).isIn(512, 1024, 2048, 4096);
            assertThat(disk.physicalBlockBytes()).isGreaterThanOrEqualTo(disk.logicalBlockBytes());
        }
    }

    @Test
    void anEmptyFileIsADisk() throws IOException {
        try (Disk disk = Disk.open(Place.file(directory, "empty", 0), DiskOptions.DEFAULT)) {
            assertThat(disk.sizeBytes()).isZero();
        }
    }

    @Test
    void isHeldAgainstOthers() throws IOException {
        Path path = Place.file(directory, "disk", 4096);
        try (Disk disk = Disk.open(path, DiskOptions.DEFAULT)) {
            assertThat(disk.readOnly()).isFalse();
            assertThatThrownBy(() -> Disk.open(path, DiskOptions.DEFAULT))
                    .isInstanceOf(IOException.class)
                    .hasMessage(path + " is in use by another process");
            assertThatThrownBy(() -> Disk.open(path, READ_ONLY)).isInstanceOf(IOException.class);
        }
        try (Disk one = Disk.open(path, READ_ONLY);
                Disk two = Disk.open(path, READ_ONLY)) {
            assertThat(one.readOnly() && two.readOnly()).isTrue();
            assertThatThrownBy(() -> Disk.open(path, DiskOptions.DEFAULT))
                    .isInstanceOf(IOException.class);
        }
        Disk.open(path, DiskOptions.DEFAULT).close();
    }

    @Test
    void isHeldAgainstOtherProcesses() throws Exception {
        Path path = Place.file(directory, "disk", 4096);
        try (Disk disk = Disk.open(path, DiskOptions.DEFAULT)) {
            assertThat(openElsewhere(disk.path())).contains(path + " is in use by another process");
        }
        assertThat(openElsewhere(path)).contains("opened " + path);
    }

    @Test
    void saysWhatIsMissing() {
        Path path = directory.resolve("nothing");

        assertThatThrownBy(() -> Disk.open(path, DiskOptions.DEFAULT))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith("cannot open " + path + ": No such file or directory (is");
    }

    @Test
    void refusesWhatIsNoDisk() {
        assertThatThrownBy(() -> Disk.open(directory, DiskOptions.DEFAULT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("neither a file nor a block device");
        assertThatThrownBy(() -> Disk.open(Path.of("/dev/null"), DiskOptions.DEFAULT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("neither a file nor a block device");
    }

    @Test
    void leavesNoDescriptorBehind() throws IOException {
        Path path = Place.file(directory, "disk", 4096);
        Disk held = Disk.open(path, DiskOptions.DEFAULT);
        long before = descriptors();
        for (int round = 0; round < 100; round++) {
            assertThatThrownBy(() -> Disk.open(path, DiskOptions.DEFAULT))
                    .isInstanceOf(IOException.class);
            DiskQueue.open(new DiskQueueOptions(8, round % 2 == 0)).close();
        }

        // The JVM itself may open one or two meanwhile.
        assertThat(descriptors()).isLessThan(before + 50);
        held.close();
        held.close();
    }

    private static long descriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    private static String openElsewhere(Path path) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Opener.class.getName(),
                        path.toString());
        builder.redirectErrorStream(true);
        Process process = builder.start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            return said;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Opens a disk in a process of its own and says how that went. */
    static final class Opener {
        private Opener() {}

        public static void main(String[] arguments) {
            Path path = Path.of(arguments[0]);
            try (Disk disk = Disk.open(path, DiskOptions.DEFAULT)) {
                System.out.println("opened " + disk.path());
            } catch (IOException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
