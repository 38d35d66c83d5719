package dev.rhizome.device.ublk;

import dev.rhizome.core.Limits;
import dev.rhizome.device.DeviceVolume;
import java.nio.ByteBuffer;

/**
 * What the kernel is told of a device, in the machine's byte order. Sectors have 512 bytes here.
 *
 * <pre>
 *   offset  size  field
 *        0     4  length of the whole
 *        4     4  which of the blocks follow
 *        8     4  attributes
 *       12     1  logical block, as a power of two; at 13 the physical one
 *       14     1  optimal I/O, as a power of two; at 15 the smallest one
 *       16     4  the most sectors of one request
 *       20     4  sectors of a chunk that a request may not cross: 0
 *       24     8  sectors of the device
 *       32     8  boundary of memory that a request may not cross: 0
 *       40     4  alignment of discards: 0
 *       44     4  granularity of discards, in bytes
 *       48     4  the most sectors of one discard
 *       52     4  the most sectors of one write of zeroes
 *       56     2  ranges of one discard: 1
 * </pre>
 *
 * @param logicalShift the logical block
 * @param physicalShift the physical block, at least the logical one
 * @param deviceSectors the size
 * @param maxRequestSectors the most sectors of one request
 * @param maxChangeSectors the most sectors of one discard, or write of zeroes
 */
record UblkParameters(
        int logicalShift,
        int physicalShift,
        long deviceSectors,
        int maxRequestSectors,
        int maxChangeSectors) {

    static final int BYTES = 60;
    static final int SECTOR_SHIFT = 9;

    private static final int BASIC_AND_DISCARD = 1 | 2;
    private static final int VOLATILE_CACHE_AND_FUA = 1 << 2 | 1 << 3;

    static UblkParameters of(DeviceVolume device) {
        int sectorBytes = device.volume().sectorBytes();
        return new UblkParameters(
                shift(sectorBytes),
                shift(Math.max(sectorBytes, device.physicalBlockBytes())),
                device.volume().sizeBytes() >> SECTOR_SHIFT,
                Limits.MAX_REQUEST_BYTES >> SECTOR_SHIFT,
                (int) (Limits.MAX_CHANGE_BYTES >> SECTOR_SHIFT));
    }

    static UblkParameters read(ByteBuffer memory) {
        int most = Math.max(memory.getInt(48), memory.getInt(52));
        return new UblkParameters(
                memory.get(12), memory.get(13), memory.getLong(24), memory.getInt(16), most);
    }

    /** Over the {@value #BYTES} bytes at 0. */
    void write(ByteBuffer memory) {
        memory.putInt(0, BYTES)
                .putInt(4, BASIC_AND_DISCARD)
                .putInt(8, VOLATILE_CACHE_AND_FUA)
                .put(12, (byte) logicalShift)
                .put(13, (byte) physicalShift)
                .put(14, (byte) physicalShift)
                .put(15, (byte) physicalShift)
                .putInt(16, maxRequestSectors)
                .putInt(20, 0)
                .putLong(24, deviceSectors)
                .putLong(32, 0)
                .putInt(40, 0)
                .putInt(44, 1 << logicalShift)
                .putInt(48, maxChangeSectors)
                .putInt(52, maxChangeSectors)
                .putShort(56, (short) 1)
                .putShort(58, (short) 0);
    }

    /** Whether a device that was made with these asks for nothing that we do not serve. */
    boolean servedBy(UblkParameters ours) {
        return deviceSectors <= ours.deviceSectors
                && logicalShift == ours.logicalShift
                && maxRequestSectors <= ours.maxRequestSectors
                && maxChangeSectors <= ours.maxChangeSectors;
    }

    private static int shift(int powerOfTwo) {
        return Integer.numberOfTrailingZeros(powerOfTwo);
    }
}
