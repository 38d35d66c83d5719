package dev.rhizome.replicator;

import dev.rhizome.device.DeviceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.Predicate;

/** The stable name of a device: a symbolic link, like /dev/rhizome/r0. */
final class DeviceLink {
    private final Path link;

    DeviceLink(Path directory, String resource) {
        link = directory.resolve(resource);
    }

    Path path() {
        return link;
    }

    /** Points it to a device, in one step, also if it points elsewhere. */
    void pointTo(Path node) throws DeviceException {
        Path directory = link.getParent();
        Path fresh = link.resolveSibling("." + link.getFileName() + ".new");
        try {
            if (directory != null) {
                Files.createDirectories(directory);
            }
            if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(link)) {
                throw new DeviceException(link + " is there and is no link; move it away");
            }
            Files.deleteIfExists(fresh);
            Files.createSymbolicLink(fresh, node);
            Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new DeviceException("cannot make the link " + link + ": " + e);
        }
    }

    /**
     * Removes it if it points to a device that is not there, or that nobody has for this resource.
     *
     * @param belongs whether a loop device or one of nbd is the resource's
     * @throws IOException if it cannot be removed
     */
    void removeStale(Predicate<Path> belongs) throws IOException {
        if (!Files.isSymbolicLink(link)) {
            return;
        }
        Path node = Files.readSymbolicLink(link);
        String name = String.valueOf(node.getFileName());
        // These nodes stay when their device goes, and are used again. Others go with it.
        boolean lasting = name.startsWith("loop") || name.startsWith("nbd");
        if (!Files.exists(node) || (lasting && !belongs.test(node))) {
            Files.delete(link);
        }
    }

    /**
     * Removes it if it points to this device: the other of two nodes on one machine may have it by
     * now.
     *
     * @throws IOException if it cannot be removed
     */
    void removeFrom(Path node) throws IOException {
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(node)) {
            Files.delete(link);
        }
    }
}
