package dev.rhizome.replicator;

import dev.rhizome.core.metadata.Superblock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * The metadata of a replica that nobody has open: made, printed, restored, checked. Every method
 * holds the disks against other processes while it runs, fails if another one has them, and never
 * writes where the data is.
 */
public final class OfflineMetadata {

    private OfflineMetadata() {}

    /**
     * Makes fresh metadata. Internal metadata takes the end of the disk. For external metadata all
     * of the disk becomes the volume, with the data that is on it, and not a byte of it is written;
     * a file for it is made if there is none.
     *
     * @param volumeBytes the volume's size, or 0 for all that there is room for
     * @param force overwrite metadata, or what looks like a file system where it goes
     * @return what was made, for a person to read
     * @throws VolumeException if a disk is too small, in use, or holds what force would destroy
     */
    public static CreatedMetadata create(MetadataPlace place, long volumeBytes, boolean force)
            throws VolumeException {
        return attempt(place, () -> MetadataTool.create(place, volumeBytes, force));
    }

    /** The same, for a volume that takes all that there is room for. */
    public static CreatedMetadata create(MetadataPlace place, boolean force)
            throws VolumeException {
        return create(place, 0, force);
    }

    /**
     * Prints metadata as text.
     *
     * @param force even if it is damaged: as the daemon would read it, with comments that say so
     * @param lines takes each line, without its end
     * @throws VolumeException if there is none, or it is damaged and that is not forced
     */
    public static void dump(MetadataPlace place, boolean force, Consumer<String> lines)
            throws VolumeException {
        attempt(
                place,
                () -> {
                    try (MetadataDevice device = MetadataDevice.open(place, false)) {
                        MetadataDumper.dump(device, force, lines);
                        return true;
                    }
                });
    }

    /**
     * Writes metadata from a dump. Sound only if the volume has not been up since the dump was
     * made: what has changed later is not in it.
     *
     * @param file a text of {@link #dump}
     * @param force over metadata that is there, and from another resource's dump
     * @throws VolumeException if the file is no dump, or not of this volume
     */
    public static RestoredMetadata restore(MetadataPlace place, Path file, boolean force)
            throws VolumeException {
        return attempt(place, () -> MetadataRestorer.restore(place, file, force));
    }

    /**
     * Checks metadata.
     *
     * @param repair whether to mend what can be mended without a guess
     * @throws VolumeException if there is none, or it is another volume's
     */
    public static MetadataReport verify(MetadataPlace place, boolean repair)
            throws VolumeException {
        return attempt(
                place,
                () -> {
                    try (MetadataDevice device = MetadataDevice.open(place, repair)) {
                        MetadataCheck check = MetadataCheck.of(device);
                        if (!repair || !check.damaged()) {
                            return new MetadataReport(check.findings(), List.of(), check.damaged());
                        }
                        List<String> repairs = MetadataRepair.mend(device, check);
                        boolean damaged = MetadataCheck.of(device).damaged();
                        return new MetadataReport(check.findings(), repairs, damaged);
                    }
                });
    }

    /**
     * Reads generations and flags.
     *
     * @throws VolumeException if there is no metadata, or both slots are lost
     */
    public static GenerationReport generations(MetadataPlace place) throws VolumeException {
        return attempt(
                place,
                () -> {
                    try (MetadataDevice device = MetadataDevice.open(place, false)) {
                        Superblock superblock = device.superblock();
                        return GenerationReport.of(
                                place.metadata(), superblock, device.choice().warning());
                    }
                });
    }

    private interface Work<T> {
        T run() throws IOException, VolumeException;
    }

    private static <T> T attempt(MetadataPlace place, Work<T> work) throws VolumeException {
        try {
            return work.run();
        } catch (IOException e) {
            throw new VolumeException(place.metadata() + ": " + MetadataDevice.message(e), e);
        }
    }
}
