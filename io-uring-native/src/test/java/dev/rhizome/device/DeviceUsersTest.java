package dev.rhizome.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who uses a device; on devices that every machine has. */
class DeviceUsersTest {

    @Test
    void theNumbersOfADevice() {
        // makedev(259, 1048575) and makedev(7, 0)
        long large = (259L & 0xfff) << 8 | (1048575L & 0xff) | (1048575L & 0xfff00) << 12;
        assertThat(DeviceUsers.major(large)).isEqualTo(259);
        assertThat(DeviceUsers.minor(large)).isEqualTo(1048575);
        assertThat(DeviceUsers.major(7 << 8)).isEqualTo(7);
        assertThat(DeviceUsers.minor(7 << 8)).isZero();
    }

    @Test
    void aProcessThatHasItOpenIsFound() throws IOException {
        Process holder =
                new ProcessBuilder("/bin/sh", "-c", "exec 9</dev/full; echo open; read -r line")
                        .start();
        try {
            assertThat(holder.inputReader().readLine()).isEqualTo("open");
            assertThat(new DeviceUsers(Path.of("/dev/full")).find())
                    .contains("process " + holder.pid() + " (sh)");
        } finally {
            holder.destroyForcibly();
        }
    }

    @Test
    void whatIsNotThereCannotBeUsed() {
        assertThatThrownBy(() -> new DeviceUsers(Path.of("/dev/not-there")))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> DeviceClaim.take(Path.of("/dev/not-there")))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("/dev/not-there");
    }

    @Test
    void aMountOfAPartitionIsOneOfTheDisk(@TempDir Path system) throws IOException {
        Path part = Files.createDirectories(system.resolve("259:7/loop7p1"));
        Files.writeString(part.resolve("partition"), "1\n");
        Files.writeString(part.resolve("dev"), rootNumbers() + "\n");
        Files.createDirectories(system.resolve("259:7/queue"));
        long device = 259L << 8 | 7;
        assertThat(new DeviceUsers(device, system).find()).contains("mounted on /");
    }

    private static String rootNumbers() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            String[] fields = line.split(" ", 6);
            if (fields[4].equals("/")) {
                return fields[2];
            }
        }
        throw new IOException("nothing is mounted on /");
    }
}
