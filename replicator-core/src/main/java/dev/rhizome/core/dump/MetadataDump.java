package dev.rhizome.core.dump;

import dev.rhizome.core.metadata.Superblock;
import java.util.List;

/**
 * Metadata but for its bitmap, which is too large to hold: it comes and goes as runs of blocks.
 *
 * @param superblock the superblock
 * @param extentBlocks blocks of 4 KiB in one extent; 0 if none is active
 * @param extents the active extents of the activity log, ascending
 */
public record MetadataDump(Superblock superblock, int extentBlocks, List<Integer> extents) {

    /** Copies the extents. */
    public MetadataDump {
        extents = List.copyOf(extents);
    }
}
