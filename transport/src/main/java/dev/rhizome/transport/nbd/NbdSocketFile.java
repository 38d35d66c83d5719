package dev.rhizome.transport.nbd;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/** The file of a unix socket: room made for it, and its mode. */
final class NbdSocketFile {
    private static final String MODE = "rw-rw----";

    /** What a socket address holds, without its end. */
    private static final int MAX_PATH_BYTES = 107;

    private NbdSocketFile() {}

    /**
     * Removes what a server that was killed has left.
     *
     * @throws IOException one line: why no socket can be made there
     */
    static void makeRoom(Path path) throws IOException {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            throw new IOException(
                    path + " is too long for a unix socket (" + MAX_PATH_BYTES + " bytes)");
        }
        Path directory = path.toAbsolutePath().getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            throw new IOException(directory + " is not there; create it");
        }
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        BasicFileAttributes attributes =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isOther()) {
            throw new IOException(path + " is there and is no socket; move it away");
        }
        if (somebodyListens(path)) {
            throw new IOException(path + " is served by another process; stop that one first");
        }
        Files.delete(path);
    }

    private static boolean somebodyListens(Path path) {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            return probe.connect(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            // Refused: the file is stale.
            return false;
        }
    }

    /** Lets the owner and the group connect, and nobody else. */
    static void restrict(Path path) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(MODE));
    }
}
