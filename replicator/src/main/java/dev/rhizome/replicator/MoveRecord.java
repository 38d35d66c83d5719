package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.SuperblockCodec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Stands where slot 1 of internal metadata is to be while the metadata is being moved to the end of
 * a device that has become larger. It says where the metadata was; docs/on-disk-format.md.
 *
 * <pre>
 *    0  8  magic "RZMOVED" and a zero byte
 *    8  4  CRC-32C of bytes 12 to 4095
 *   12  4  1
 *   16  8  where the old metadata begins
 *   24  4  its blocks for the activity log
 *   28  4  its pages of the bitmap
 *   32  4  length of the resource's name
 *   64 63  the name
 * </pre>
 *
 * @param resource whose metadata it is
 * @param startBytes where the old metadata begins
 * @param activityLogBlocks its blocks for the activity log
 * @param bitmapPages its pages of the bitmap
 */
record MoveRecord(String resource, long startBytes, int activityLogBlocks, int bitmapPages) {
    private static final byte[] MAGIC = {'R', 'Z', 'M', 'O', 'V', 'E', 'D', 0};
    private static final int VERSION = 1;
    private static final int CRC_AT = 8;
    private static final int CRC_START = 12;
    private static final int NAME_AT = 64;

    static MoveRecord of(String resource, MetadataLayout old) {
        return new MoveRecord(
                resource, old.startBytes(), old.activityLogBlocks(), old.bitmapPages());
    }

    /** The old place, on a device where the volume could be larger. */
    MetadataLayout layout(long volumeBytes, long capacityBytes) {
        return new MetadataLayout(
                volumeBytes, startBytes, activityLogBlocks, bitmapPages, capacityBytes);
    }

    ByteBuffer encode() {
        byte[] name = resource.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer block =
                ByteBuffer.allocate(SuperblockCodec.BYTES)
                        .order(ByteOrder.BIG_ENDIAN)
                        .put(0, MAGIC)
                        .putInt(12, VERSION)
                        .putLong(16, startBytes)
                        .putInt(24, activityLogBlocks)
                        .putInt(28, bitmapPages)
                        .putInt(32, name.length)
                        .put(NAME_AT, name);
        return block.putInt(CRC_AT, checksum(block));
    }

    /** What a block says, or null if it is no such record. */
    static @Nullable MoveRecord decode(ByteBuffer block) {
        byte[] magic = new byte[MAGIC.length];
        block.order(ByteOrder.BIG_ENDIAN).get(0, magic);
        boolean whole =
                java.util.Arrays.equals(magic, MAGIC)
                        && block.getInt(CRC_AT) == checksum(block)
                        && block.getInt(12) == VERSION;
        int nameLength = block.getInt(32);
        if (!whole || nameLength < 1 || nameLength > Limits.MAX_NAME_LENGTH) {
            return null;
        }
        byte[] name = new byte[nameLength];
        block.get(NAME_AT, name);
        return new MoveRecord(
                new String(name, StandardCharsets.US_ASCII),
                block.getLong(16),
                block.getInt(24),
                block.getInt(28));
    }

    private static int checksum(ByteBuffer block) {
        CRC32C crc = new CRC32C();
        crc.update(block.duplicate().clear().position(CRC_START).limit(SuperblockCodec.BYTES));
        return (int) crc.getValue();
    }
}
