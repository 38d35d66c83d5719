package dev.rhizome.device.nbd;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel's nbd devices as sysfs shows them. */
final class NbdBlockDevices {

    private static final Path SYSTEM = Path.of("/sys/block");
    private static final String PREFIX = "nbd";
    private static final int SIZE_UNIT_BYTES = 512;

    private final Path directory;

    NbdBlockDevices() {
        this(SYSTEM);
    }

    NbdBlockDevices(Path directory) {
        this.directory = directory;
    }

    /** The numbers of the devices that were connected for this backend, whatever became of them. */
    List<Integer> of(String backend) throws IOException {
        List<Integer> found = new ArrayList<>();
        try (DirectoryStream<Path> devices =
                Files.newDirectoryStream(directory, PREFIX + "[0-9]*")) {
            for (Path device : devices) {
                if (backend.equals(read(device.resolve("backend")))) {
                    String name = device.getFileName().toString();
                    found.add(Integer.valueOf(name.substring(PREFIX.length())));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        found.sort(null);
        return found;
    }

    /** The backend of the device with this node, /dev/nbdN; empty if it has none. */
    String backend(Path node) {
        try {
            return read(directory.resolve(String.valueOf(node.getFileName())).resolve("backend"));
        } catch (IOException e) {
            return "";
        }
    }

    /** The size of a device. */
    long sizeBytes(int index) throws IOException {
        return number(index, "size") * SIZE_UNIT_BYTES;
    }

    /** The logical block of a device. */
    long blockBytes(int index) throws IOException {
        return number(index, "queue/logical_block_size");
    }

    /**
     * Changes a setting of a device's queue.
     *
     * @throws IOException if the kernel does not have it, or does not take the value
     */
    void setQueue(int index, String name, long value) throws IOException {
        Path setting = device(index).resolve("queue").resolve(name);
        Files.writeString(setting, Long.toString(value));
    }

    private long number(int index, String name) throws IOException {
        String text = read(device(index).resolve(name));
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException(
                    device(index).resolve(name) + " holds \"" + text + "\", not a number", e);
        }
    }

    private Path device(int index) {
        return directory.resolve(PREFIX + index);
    }

    /** A file's one line; empty if it is not there: a device that is not connected has none. */
    private static String read(Path file) throws IOException {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            return "";
        }
    }
}
