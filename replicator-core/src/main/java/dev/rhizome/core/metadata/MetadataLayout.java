package dev.rhizome.core.metadata;

import dev.rhizome.core.Limits;

/**
 * Where the metadata is on a backing device: at its end, found from the device's size alone.
 *
 * <pre>
 *  0                      volumeBytes                                          device end (4 KiB floor)
 *  +----------------------+--------+----------------+-----------------------+--------+
 *  | data                 | slot 0 | activity log   | bitmap                | slot 1 |
 *  |                      | 4 KiB  | 1020 KiB       | one page of 4 KiB per | 4 KiB  |
 *  |                      |        | (reserved)     | 126 MiB (reserved)    |        |
 *  +----------------------+--------+----------------+-----------------------+--------+
 * </pre>
 *
 * The two slots are far apart, so that one bad spot or one torn write does not take both. The
 * activity log and the bitmap are reserved: format version 1 leaves them zero.
 *
 * @param deviceBytes the device, down to a multiple of 4 KiB
 * @param volumeBytes what is left for data
 */
public record MetadataLayout(long deviceBytes, long volumeBytes) {

    private static final long ACTIVITY_LOG_BYTES = 1020 * 1024;
    private static final long BITMAP_PAGE_BYTES = 4096;

    /** Blocks that one bitmap page stands for: 4032 bytes of bits, the rest is its header. */
    private static final long BLOCKS_PER_PAGE = 4032 * 8;

    /** The smallest volume that makes sense. */
    private static final long MIN_VOLUME_BYTES = 1 << 20;

    /**
     * The layout of a device.
     *
     * @param deviceSizeBytes its size
     * @throws IllegalArgumentException if it is too small or too large; the message says by how
     *     much
     */
    public static MetadataLayout of(long deviceSizeBytes) {
        long device = deviceSizeBytes / Limits.BLOCK_BYTES * Limits.BLOCK_BYTES;
        long blocks = device / Limits.BLOCK_BYTES;
        long pages = (blocks + BLOCKS_PER_PAGE - 1) / BLOCKS_PER_PAGE;
        long metadata = 2L * SuperblockCodec.BYTES + ACTIVITY_LOG_BYTES + pages * BITMAP_PAGE_BYTES;
        long volume = device - metadata;
        if (volume < MIN_VOLUME_BYTES) {
            throw new IllegalArgumentException(
                    "the disk has "
                            + deviceSizeBytes
                            + " bytes; a volume with its metadata needs at least "
                            + (MIN_VOLUME_BYTES + metadata));
        }
        if (volume > Limits.MAX_VOLUME_BYTES) {
            throw new IllegalArgumentException(
                    "the disk has " + deviceSizeBytes + " bytes; a volume has at most 1 PiB");
        }
        return new MetadataLayout(device, volume);
    }

    /** Where a superblock slot (0 or 1) begins. */
    public long slotOffsetBytes(int slot) {
        return slot == 0 ? volumeBytes : deviceBytes - SuperblockCodec.BYTES;
    }

    /** What the metadata takes. */
    public long metadataBytes() {
        return deviceBytes - volumeBytes;
    }
}
