package dev.rhizome.replicator;

import dev.rhizome.core.metadata.MetadataLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** A file for external metadata that a tool has made; unless it is kept, it goes again. */
final class MetadataFile implements AutoCloseable {
    private final @Nullable Path made;
    private boolean kept;

    private MetadataFile(@Nullable Path made) {
        this.made = made;
    }

    /**
     * Makes the file with exactly the size that is needed if it is not there.
     *
     * @throws VolumeException if the disk of the data cannot be opened, or the folder is not there
     */
    static MetadataFile of(MetadataPlace place) throws IOException, VolumeException {
        Path path = place.metaDisk();
        if (path == null || Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return new MetadataFile(null);
        }
        Path folder = path.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new VolumeException(
                    path + ": its folder " + folder + " does not exist; make it first");
        }
        if (folder.startsWith("/dev") && !folder.startsWith("/dev/shm")) {
            throw new VolumeException(
                    path + ": there is no such device, and a file in /dev would not last");
        }
        MetadataLayout layout;
        MetadataPlace data = new MetadataPlace(place.resource(), place.disk(), null);
        try (Disks disks = Disks.forTool(data, false)) {
            layout = disks.layout(place);
        }
        MetadataFile file = new MetadataFile(Files.createFile(path));
        boolean sized = false;
        try (RandomAccessFile created = new RandomAccessFile(path.toFile(), "rw")) {
            created.setLength(layout.metadataBytes());
            sized = true;
        } finally {
            if (!sized) {
                file.close();
            }
        }
        return file;
    }

    /** The file stays, durably. */
    void keep() throws IOException {
        Path path = made;
        Path folder = path == null ? null : path.toAbsolutePath().getParent();
        if (folder != null) {
            try (FileChannel entries = FileChannel.open(folder, StandardOpenOption.READ)) {
                entries.force(true);
            }
        }
        kept = true;
    }

    @Override
    public void close() throws IOException {
        if (made != null && !kept) {
            Files.deleteIfExists(made);
        }
    }
}
