package dev.rhizome.replicator;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a replica's data and metadata are.
 *
 * @param resource the resource's name
 * @param disk the backing device: a block device or a file
 * @param metaDisk the block device or file that holds nothing but the metadata, while all of the
 *     disk is the volume (external metadata); null if the metadata is at the end of the disk
 *     (internal metadata)
 */
public record MetadataPlace(String resource, Path disk, @Nullable Path metaDisk) {

    /** Whether the metadata has a place of its own. */
    public boolean external() {
        return metaDisk != null;
    }

    /** The device or file that holds the metadata. */
    public Path metadata() {
        return metaDisk == null ? disk : metaDisk;
    }
}
