package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import java.util.ArrayList;
import java.util.List;

/**
 * Where on the volume it is out of sync, in cells of one size; the last may be shorter.
 *
 * @param known false if this node cannot tell: it has no disk, or is the target of a resync, whose
 *     source has the bitmap
 * @param cellBytes what one cell stands for
 * @param outOfSyncBytes of each cell, from the volume's beginning on, what may differ
 */
public record OutOfSyncMap(boolean known, long cellBytes, List<Long> outOfSyncBytes) {

    /** The most cells that may be asked for. */
    public static final int MAX_CELLS = 1024;

    /** Of a volume about which nothing is known. */
    public static final OutOfSyncMap UNKNOWN = new OutOfSyncMap(false, 0, List.of());

    /**
     * Counts. A cell that is larger than a page of the bitmap is made of whole pages, whose counts
     * are at hand: so the work does not grow with the volume.
     *
     * @param bitmap of a disk that is attached
     * @param copiedBefore what is before this block has been copied already
     * @param most cells, at least one
     */
    static OutOfSyncMap of(Bitmap bitmap, long copiedBefore, int most) {
        long blocks = bitmap.blocks();
        long cell = cellBlocks(blocks, most);
        List<Long> cells = new ArrayList<>();
        for (long at = 0; at < blocks; at += cell) {
            long end = Math.min(at + cell, blocks);
            cells.add(bitmap.setCount(Math.max(at, copiedBefore), end) * Limits.BLOCK_BYTES);
        }
        return new OutOfSyncMap(true, cell * Limits.BLOCK_BYTES, List.copyOf(cells));
    }

    private static long cellBlocks(long blocks, int most) {
        long cell = roundUp(ceilDivide(blocks, most), Long.SIZE);
        boolean pages = cell > BitmapPageCodec.BLOCKS_PER_PAGE;
        return pages ? roundUp(cell, BitmapPageCodec.BLOCKS_PER_PAGE) : cell;
    }

    private static long roundUp(long value, long to) {
        return ceilDivide(value, to) * to;
    }

    private static long ceilDivide(long value, long by) {
        return (value + by - 1) / by;
    }
}
