package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.device.DeviceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stable name of a device. */
class DeviceLinkTest {
    private static final Path ONE = Path.of("/dev/nbd1");
    private static final Path OTHER = Path.of("/dev/nbd2");

    @TempDir Path folder = Path.of("");

    private DeviceLink link = new DeviceLink(Path.of(""), "r0");
    private Path path = Path.of("");

    @BeforeEach
    void inAFolderThatIsNotThereYet() {
        link = new DeviceLink(folder.resolve("rhizome"), "r0");
        path = folder.resolve("rhizome/r0");
    }

    @Test
    void pointsToTheDevice() throws IOException, DeviceException {
        link.pointTo(ONE);
        assertThat(Files.readSymbolicLink(path)).isEqualTo(ONE);
        link.removeFrom(ONE);
        assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void takesTheNameFromAnOldDevice() throws IOException, DeviceException {
        link.pointTo(ONE);
        link.pointTo(OTHER);
        assertThat(Files.readSymbolicLink(path)).isEqualTo(OTHER);
        try (var files = Files.list(path.getParent())) {
            assertThat(files).containsExactly(path);
        }
    }

    @Test
    void leavesANameThatAnotherDeviceHasByNow() throws IOException, DeviceException {
        link.pointTo(OTHER);
        link.removeFrom(ONE);
        assertThat(Files.readSymbolicLink(path)).isEqualTo(OTHER);
    }

    @Test
    void goesWhenItsDeviceIsGone() throws IOException, DeviceException {
        link.pointTo(folder.resolve("ublkb0"));
        link.removeStale(node -> true);
        assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isFalse();
        link.removeStale(node -> true);
    }

    @Test
    void goesWhenItsNumberIsAnotherOnesDevice() throws IOException, DeviceException {
        Path loop = Files.createFile(folder.resolve("loop3"));
        link.pointTo(loop);
        link.removeStale(loop::equals);
        assertThat(Files.readSymbolicLink(path)).isEqualTo(loop);
        link.removeStale(node -> false);
        assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    @Test
    void doesNotReplaceAFile() throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, "somebody's");
        assertThatThrownBy(() -> link.pointTo(ONE))
                .isInstanceOf(DeviceException.class)
                .hasMessage(path + " is there and is no link; move it away");
        assertThat(path).hasContent("somebody's");
    }

    @Test
    void saysWhyItCannotBeMade() throws IOException {
        Files.writeString(folder.resolve("rhizome"), "");
        assertThatThrownBy(() -> link.pointTo(ONE))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("cannot make the link " + path);
    }
}
