package dev.rhizome.device.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Finds the devices that an earlier process has left. */
class NbdBlockDevicesTest {

    @TempDir Path sysfs = Path.of("");

    @Test
    void findsOnlyItsOwn() throws IOException {
        device("nbd0", "rhizome:a/r1\n");
        device("nbd2", "rhizome:a/r\n");
        device("nbd11", "rhizome:a/r\n");
        device("nbd3", "\n");
        device("nbd4", "rhizome:b/r\n");
        Files.createDirectories(sysfs.resolve("nbd5"));
        device("nbdx", "rhizome:a/r\n");
        device("sda", "rhizome:a/r\n");

        assertThat(new NbdBlockDevices(sysfs).of("rhizome:a/r")).containsExactly(2, 11);
    }

    @Test
    void readsAndSets() throws IOException {
        device("nbd2", "rhizome:a/r\n");
        Path queue = Files.createDirectories(sysfs.resolve("nbd2/queue"));
        Files.writeString(sysfs.resolve("nbd2/size"), "2048\n");
        Files.writeString(queue.resolve("logical_block_size"), "4096\n");

        NbdBlockDevices devices = new NbdBlockDevices(sysfs);
        assertThat(devices.sizeBytes(2)).isEqualTo(1 << 20);
        assertThat(devices.blockBytes(2)).isEqualTo(4096);
        devices.setQueue(2, "io_timeout", 10_000);
        assertThat(queue.resolve("io_timeout")).hasContent("10000");
        assertThatThrownBy(() -> devices.sizeBytes(3))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("nbd3/size");
    }

    private void device(String name, String backend) throws IOException {
        Files.writeString(Files.createDirectories(sysfs.resolve(name)).resolve("backend"), backend);
    }
}
