package dev.rhizome.replicator;

import dev.rhizome.core.dump.MetadataDump;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import java.io.IOException;
import java.nio.file.Path;

/** Writes metadata from a dump. */
final class MetadataRestorer {

    private MetadataRestorer() {}

    /**
     * Reads the whole dump before anything is written, and once more while it is.
     *
     * @param force over metadata that is there, and from another resource's dump
     */
    static RestoredMetadata restore(MetadataPlace place, Path file, boolean force)
            throws IOException, VolumeException {
        long[] blocks = new long[1];
        MetadataDump dump = DumpFile.read(file, (first, count) -> blocks[0] += count);
        Superblock superblock = dump.superblock();
        if (!superblock.resource().equals(place.resource()) && !force) {
            throw new VolumeException(
                    file
                            + ": is a dump of resource '"
                            + superblock.resource()
                            + "', not of '"
                            + place.resource()
                            + "'; --force takes it all the same");
        }
        return MetadataTool.onNewDevice(
                place,
                force,
                device -> {
                    requireSize(file, superblock, device);
                    new MetadataImage(device)
                            .write(
                                    new Superblock(
                                            superblock.sequence(),
                                            place.resource(),
                                            superblock.volumeBytes(),
                                            superblock.flags(),
                                            superblock.generations(),
                                            superblock.tenure()),
                                    dump.extents(),
                                    dump.extentBlocks(),
                                    pages -> DumpFile.read(file, pages::set));
                    Generations generations = superblock.generations();
                    return new RestoredMetadata(
                            superblock.volumeBytes(),
                            generations.asText().get(0),
                            dump.extents().size(),
                            blocks[0]);
                });
    }

    private static void requireSize(Path file, Superblock superblock, MetadataDevice device)
            throws VolumeException {
        if (superblock.volumeBytes() != device.layout().volumeBytes()) {
            throw new VolumeException(
                    file
                            + ": is the dump of a volume of "
                            + superblock.volumeBytes()
                            + " bytes, and "
                            + device.place().disk()
                            + " has room for "
                            + device.layout().volumeBytes()
                            + (device.place().external() ? "" : " beside its metadata")
                            + "; metadata fits one size only");
        }
    }
}
