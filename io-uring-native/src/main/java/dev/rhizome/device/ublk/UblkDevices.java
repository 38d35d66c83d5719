package dev.rhizome.device.ublk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;

/** The driver's devices as sysfs shows them, and whose they are. */
final class UblkDevices {

    private static final Path SYSTEM = Path.of("/sys/class/ublk-char");
    private static final String PREFIX = "ublkc";

    private UblkDevices() {}

    /** The numbers of all devices. */
    static List<Integer> all() throws IOException {
        return all(SYSTEM);
    }

    static List<Integer> all(Path directory) throws IOException {
        List<Integer> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        try (DirectoryStream<Path> devices =
                Files.newDirectoryStream(directory, PREFIX + "[0-9]*")) {
            for (Path device : devices) {
                String name = device.getFileName().toString();
                found.add(Integer.valueOf(name.substring(PREFIX.length())));
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        found.sort(null);
        return found;
    }

    /**
     * The mark of a node and resource's devices. The driver keeps 64 bits for the server that made
     * a device and tells them to whoever asks, so that nothing need be kept in a file, which could
     * be lost or be stale. They are a hash of the names: two pairs of names on one machine have the
     * same one with a chance of 1 to 2^64, and other servers have small numbers there.
     */
    static long owner(String node, String resource) {
        byte[] names = ("rhizome:" + node + "/" + resource).getBytes(StandardCharsets.UTF_8);
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(names);
            return ByteBuffer.wrap(hash).getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
