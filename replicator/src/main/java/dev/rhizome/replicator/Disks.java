package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.uring.Disk;
import dev.rhizome.uring.DiskInUseException;
import dev.rhizome.uring.DiskOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A replica's open disks, each held against other processes.
 *
 * @param data holds the data
 * @param metadata holds the metadata: the same, unless that has a place of its own
 */
record Disks(Disk data, Disk metadata) implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);

    /** Opens both for a replica. */
    static Disks forVolume(MetadataPlace place, boolean directIo) throws VolumeException {
        try {
            return open(place, openData(place.disk(), directIo), new DiskOptions(directIo, false));
        } catch (IOException e) {
            throw new VolumeException(MetadataDevice.message(e), e);
        }
    }

    /**
     * Opens both for a tool: whoever has one of them as a disk must end first.
     *
     * @param write whether the metadata will be written; the data never is
     */
    static Disks forTool(MetadataPlace place, boolean write) throws VolumeException {
        DiskOptions options = new DiskOptions(false, !write);
        DiskOptions reading = new DiskOptions(false, true);
        try {
            return open(
                    place, Disk.open(place.disk(), place.external() ? reading : options), options);
        } catch (DiskInUseException e) {
            throw new VolumeException(
                    e.getMessage()
                            + "; if that is the daemon, run 'rhizome down "
                            + place.resource()
                            + "' first",
                    e);
        } catch (IOException e) {
            throw new VolumeException(MetadataDevice.message(e), e);
        }
    }

    private static Disks open(MetadataPlace place, Disk data, DiskOptions options)
            throws IOException, VolumeException {
        @Nullable Path metaDisk = place.metaDisk();
        if (metaDisk == null) {
            return new Disks(data, data);
        }
        boolean opened = false;
        try {
            if (Files.exists(metaDisk) && Files.isSameFile(place.disk(), metaDisk)) {
                throw new VolumeException(
                        metaDisk
                                + ": is the disk of the data; metadata at its end is what"
                                + " 'internal' stands for");
            }
            Disks both = new Disks(data, Disk.open(metaDisk, options));
            opened = true;
            return both;
        } finally {
            if (!opened) {
                data.close();
            }
        }
    }

    /** Direct I/O moves whole blocks of the device: a file may end within one. */
    private static Disk openData(Path path, boolean directIo) throws IOException {
        Disk disk = Disk.open(path, new DiskOptions(directIo, false));
        long used = disk.sizeBytes() / Limits.MIN_SECTOR_BYTES * Limits.MIN_SECTOR_BYTES;
        if (!disk.direct() || used % disk.logicalBlockBytes() == 0) {
            return disk;
        }
        LOG.warn(
                "{}: its size is no multiple of {} bytes, which direct I/O needs there: using the"
                        + " page cache",
                path,
                disk.logicalBlockBytes());
        disk.close();
        return Disk.open(path, new DiskOptions(false, false));
    }

    /** Where the metadata of such disks is. */
    MetadataLayout layout(MetadataPlace place) throws VolumeException {
        try {
            return place.external()
                    ? MetadataLayout.external(data.sizeBytes())
                    : MetadataLayout.internal(data.sizeBytes());
        } catch (IllegalArgumentException e) {
            throw new VolumeException(place.disk() + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        data.close();
        metadata.close();
    }
}
