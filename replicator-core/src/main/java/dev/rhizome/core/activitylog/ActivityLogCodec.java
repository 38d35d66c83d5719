package dev.rhizome.core.activitylog;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one transaction of the activity log: a block of 4096, big-endian, the rest zero. It
 * stands by itself: what changes, and a rolling share of the whole set, so that the last few
 * transactions together hold all of it. Transaction n is in block n mod (blocks of the ring).
 *
 * <pre>
 *    0  magic           u32   "RZAL"
 *    4  crc32c          u32   of bytes 8 to 4095
 *    8  sequence        u64   from 1
 *   16  extent blocks   u32   blocks of 4 KiB in one extent: a power of two, 8 to 1024
 *   20  slots           u16   1 to 65534
 *   22  flags           u16   1: all slots are free before this transaction
 *   24  updates         u16   0 to 64
 *   26  context count   u16   0 to 888
 *   28  context start   u16   the slot of the first entry; the others follow, wrapping around
 *   30  zero            u16
 *   32  updates         64 * (u16 slot, u16 zero, u32 extent)
 *  544  context         888 * u32 extent
 * </pre>
 *
 * Extent 0xFFFFFFFF stands for a free slot.
 */
public final class ActivityLogCodec {
    /** The size of a transaction. */
    public static final int BYTES = 4096;

    /** The most slots that one transaction changes. */
    public static final int MAX_UPDATES = 64;

    /** The most slots that one transaction repeats. */
    public static final int MAX_CONTEXT = 888;

    /** A free slot's extent. */
    public static final int FREE = -1;

    /** The most slots that a log has. */
    public static final int MAX_SLOTS = 65_534;

    /** Beyond what any log gets to, and far enough from the end to count on. */
    private static final long MAX_SEQUENCE = Long.MAX_VALUE >>> 1;

    private static final int MAGIC = 0x525A414C;
    private static final int CRC_OFFSET = 4;
    private static final int CRC_START = 8;
    private static final int FLAG_RESET = 1;
    private static final int UPDATES_OFFSET = 32;
    private static final int CONTEXT_OFFSET = 544;

    private ActivityLogCodec() {}

    /**
     * Begins a transaction in the buffer's first {@link #BYTES} bytes.
     *
     * @param reset whether all slots are free before it
     */
    static void begin(
            ByteBuffer target, long sequence, int extentBlocks, int slots, boolean reset) {
        target.clear().order(ByteOrder.BIG_ENDIAN);
        for (int at = 0; at < BYTES; at += Long.BYTES) {
            target.putLong(at, 0);
        }
        target.putInt(0, MAGIC)
                .putLong(8, sequence)
                .putInt(16, extentBlocks)
                .putShort(20, (short) slots)
                .putShort(22, (short) (reset ? FLAG_RESET : 0));
    }

    static void update(ByteBuffer target, int index, int slot, int extent) {
        int at = UPDATES_OFFSET + index * 8;
        target.putShort(at, (short) slot).putInt(at + 4, extent);
        target.putShort(24, (short) (index + 1));
    }

    static void context(ByteBuffer target, int index, int extent) {
        target.putInt(CONTEXT_OFFSET + index * Integer.BYTES, extent);
    }

    static void end(ByteBuffer target, int contextStart, int contextCount) {
        target.putShort(26, (short) contextCount).putShort(28, (short) contextStart);
        target.putInt(CRC_OFFSET, checksum(target, 0));
        target.limit(BYTES).position(0);
    }

    /**
     * One transaction, read in place.
     *
     * @param bytes holds it
     * @param at its first byte
     * @param sequence its number
     * @param extentBlocks blocks in one extent
     * @param slots how many slots there are
     * @param reset whether all slots are free before it
     * @param updates how many slots it changes
     * @param contextStart the first slot that it repeats
     * @param contextCount how many
     */
    public record Transaction(
            ByteBuffer bytes,
            int at,
            long sequence,
            int extentBlocks,
            int slots,
            boolean reset,
            int updates,
            int contextStart,
            int contextCount) {

        /** Brings the slots to what they are after this transaction. */
        void applyTo(int[] extents) {
            if (reset) {
                Arrays.fill(extents, FREE);
            }
            for (int i = 0; i < contextCount; i++) {
                extents[(contextStart + i) % slots] =
                        bytes.getInt(at + CONTEXT_OFFSET + i * Integer.BYTES);
            }
            for (int i = 0; i < updates; i++) {
                int entry = at + UPDATES_OFFSET + i * 8;
                extents[bytes.getShort(entry) & 0xFFFF] = bytes.getInt(entry + 4);
            }
        }
    }

    /**
     * Reads the transaction at this position of the buffer.
     *
     * @return null if there is none: never written, damaged, or half written
     */
    public static @Nullable Transaction decode(ByteBuffer source, int at) {
        ByteBuffer bytes = source.duplicate().order(ByteOrder.BIG_ENDIAN);
        if (bytes.getInt(at) != MAGIC || bytes.getInt(at + CRC_OFFSET) != checksum(bytes, at)) {
            return null;
        }
        Transaction found =
                new Transaction(
                        bytes,
                        at,
                        bytes.getLong(at + 8),
                        bytes.getInt(at + 16),
                        bytes.getShort(at + 20) & 0xFFFF,
                        (bytes.getShort(at + 22) & FLAG_RESET) != 0,
                        bytes.getShort(at + 24) & 0xFFFF,
                        bytes.getShort(at + 28) & 0xFFFF,
                        bytes.getShort(at + 26) & 0xFFFF);
        return sound(found) ? found : null;
    }

    private static boolean sound(Transaction found) {
        boolean header =
                found.sequence > 0
                        && found.sequence <= MAX_SEQUENCE
                        && ActivityLog.extentFits(found.extentBlocks)
                        && found.slots > 0
                        && found.slots <= MAX_SLOTS
                        && found.updates <= MAX_UPDATES
                        && found.contextCount <= Math.min(MAX_CONTEXT, found.slots)
                        && found.contextStart < found.slots;
        for (int i = 0; header && i < found.updates; i++) {
            int slot = found.bytes.getShort(found.at + UPDATES_OFFSET + i * 8) & 0xFFFF;
            header = slot < found.slots;
        }
        return header;
    }

    /** Whether a block of the ring was never written. */
    static boolean blank(ByteBuffer source, int at) {
        for (int offset = 0; offset < BYTES; offset += Long.BYTES) {
            if (source.getLong(at + offset) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int checksum(ByteBuffer block, int at) {
        CRC32C crc = new CRC32C();
        crc.update(block.duplicate().limit(at + BYTES).position(at + CRC_START));
        return (int) crc.getValue();
    }
}
