package dev.rhizome.core.metadata;

import dev.rhizome.core.Limits;
import dev.rhizome.core.bitmap.BitmapPageCodec;

/**
 * Where the metadata is. Internal metadata is at the end of the backing device, found from the
 * device's size alone; external metadata has a file or device of its own, found from the size of
 * the data, so that a volume that holds data already keeps every byte of it.
 *
 * <pre>
 *  internal, on the backing device:
 *  0                      volumeBytes                                          device end (4 KiB floor)
 *  +----------------------+--------+----------------+-----------------------+--------+
 *  | data                 | slot 0 | activity log   | bitmap                | slot 1 |
 *  |                      | 4 KiB  | 255 * 4 KiB    | one page of 4 KiB per | 4 KiB  |
 *  |                      |        |                | 124 MiB               |        |
 *  +----------------------+--------+----------------+-----------------------+--------+
 *  external, on a device of its own, from its first byte:
 *                         +--------+----------------+-----------------------+--------+
 *                         | slot 0 | activity log   | bitmap                | slot 1 |
 *                         +--------+----------------+-----------------------+--------+
 * </pre>
 *
 * The two slots are far apart, so that one bad spot or one torn write does not take both.
 *
 * @param volumeBytes the volume's size
 * @param startBytes where the metadata begins on the device that holds it
 * @param activityLogBlocks blocks of 4 KiB in the activity log's ring
 * @param bitmapPages pages of 4 KiB in the bitmap; more than the volume needs, if it could be
 *     larger
 * @param capacityBytes how large the volume could be on these devices, with its metadata moved
 */
public record MetadataLayout(
        long volumeBytes,
        long startBytes,
        int activityLogBlocks,
        int bitmapPages,
        long capacityBytes) {

    /** The activity log's ring on every disk. */
    public static final int ACTIVITY_LOG_BLOCKS = 255;

    private static final int PAGE_BYTES = 4096;

    /** The smallest volume that makes sense. */
    private static final long MIN_VOLUME_BYTES = 1 << 20;

    /**
     * The layout of a device with its metadata at its end.
     *
     * @param deviceSizeBytes its size
     * @throws IllegalArgumentException if it is too small or too large; the message says by how
     *     much
     */
    public static MetadataLayout internal(long deviceSizeBytes) {
        long device = deviceSizeBytes / PAGE_BYTES * PAGE_BYTES;
        int pages = pagesFor(device);
        long metadata = metadataBytes(ACTIVITY_LOG_BLOCKS, pages);
        long volume = device - metadata;
        if (volume < MIN_VOLUME_BYTES) {
            throw new IllegalArgumentException(
                    "the disk has "
                            + deviceSizeBytes
                            + " bytes; a volume with its metadata needs at least "
                            + (MIN_VOLUME_BYTES + metadata));
        }
        requireNotTooLarge(deviceSizeBytes, volume);
        return new MetadataLayout(volume, volume, ACTIVITY_LOG_BLOCKS, pages, volume);
    }

    /**
     * The layout of a device that holds nothing but the metadata of a volume elsewhere.
     *
     * @param dataSizeBytes the size of the device with the data, all of which is the volume
     * @throws IllegalArgumentException if that is too small or too large
     */
    public static MetadataLayout external(long dataSizeBytes) {
        long volume = dataSizeBytes / Limits.MIN_SECTOR_BYTES * Limits.MIN_SECTOR_BYTES;
        if (volume < MIN_VOLUME_BYTES) {
            throw new IllegalArgumentException(
                    "the disk has "
                            + dataSizeBytes
                            + " bytes; a volume needs at least "
                            + MIN_VOLUME_BYTES);
        }
        requireNotTooLarge(dataSizeBytes, volume);
        return external(volume, ACTIVITY_LOG_BLOCKS);
    }

    /** As {@link #external(long)}, with another ring: for tests, which need not move a megabyte. */
    public static MetadataLayout external(long volumeBytes, int activityLogBlocks) {
        return new MetadataLayout(
                volumeBytes, 0, activityLogBlocks, pagesFor(volumeBytes), volumeBytes);
    }

    private static void requireNotTooLarge(long sizeBytes, long volumeBytes) {
        if (volumeBytes > Limits.MAX_VOLUME_BYTES) {
            throw new IllegalArgumentException(
                    "the disk has " + sizeBytes + " bytes; a volume has at most 256 TiB");
        }
    }

    private static int pagesFor(long bytes) {
        long blocks = (bytes + Limits.BLOCK_BYTES - 1) / Limits.BLOCK_BYTES;
        return (int)
                ((blocks + BitmapPageCodec.BLOCKS_PER_PAGE - 1) / BitmapPageCodec.BLOCKS_PER_PAGE);
    }

    private static long metadataBytes(int activityLogBlocks, long pages) {
        return (2L + activityLogBlocks + pages) * PAGE_BYTES;
    }

    /** The same place, with a volume that does not take all that it could. */
    public MetadataLayout withVolumeBytes(long changed) {
        return new MetadataLayout(
                changed, startBytes, activityLogBlocks, bitmapPages, capacityBytes);
    }

    /** The same place, of a volume that could be larger. */
    public MetadataLayout withCapacityBytes(long changed) {
        return new MetadataLayout(volumeBytes, startBytes, activityLogBlocks, bitmapPages, changed);
    }

    /** Whether the bitmap has room for a volume of this size. */
    public boolean bitmapHolds(long bytes) {
        return pagesFor(bytes) <= bitmapPages;
    }

    /** The largest volume that the bitmap has room for. */
    public long largestBytes() {
        return (long) bitmapPages * BitmapPageCodec.BLOCKS_PER_PAGE * Limits.BLOCK_BYTES;
    }

    /** The volume's blocks of 4 KiB; the last one may be shorter. */
    public long blocks() {
        return (volumeBytes + Limits.BLOCK_BYTES - 1) / Limits.BLOCK_BYTES;
    }

    /** Where a superblock slot (0 or 1) begins. */
    public long slotOffsetBytes(int slot) {
        return slot == 0 ? startBytes : startBytes + metadataBytes() - SuperblockCodec.BYTES;
    }

    /** Where a block of the activity log's ring begins. */
    public long activityLogOffsetBytes(int block) {
        return startBytes + SuperblockCodec.BYTES + (long) block * PAGE_BYTES;
    }

    /** Where a page of the bitmap begins. */
    public long bitmapOffsetBytes(int page) {
        return activityLogOffsetBytes(activityLogBlocks) + (long) page * PAGE_BYTES;
    }

    /** What the metadata takes. */
    public long metadataBytes() {
        return metadataBytes(activityLogBlocks, bitmapPages);
    }
}
