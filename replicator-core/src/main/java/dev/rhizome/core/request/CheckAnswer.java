package dev.rhizome.core.request;

import dev.rhizome.core.Limits;
import org.jspecify.annotations.Nullable;

/**
 * The argument of a frame that answers a check: how it went, and which blocks of the range differ.
 *
 * <pre>
 *  63      32 31       0
 *  +---------+---------+
 *  | status  | mask    |   lowest bit: the range's first block
 *  +---------+---------+
 * </pre>
 */
public final class CheckAnswer {

    private CheckAnswer() {}

    /** Packs one. */
    static long of(IoStatus status, int mask) {
        return (long) status.code() << 32 | (mask & 0xFFFFFFFFL);
    }

    /** How the check went; null if the code is none. */
    public static @Nullable IoStatus status(long argument) {
        return IoStatus.ofCode((int) (argument >>> 32));
    }

    /** Which blocks differ. */
    public static int mask(long argument) {
        return (int) argument;
    }

    /** How many blocks a range touches that begins at one. */
    public static int blocks(long lengthBytes) {
        return (int) ((lengthBytes + Limits.BLOCK_BYTES - 1) / Limits.BLOCK_BYTES);
    }

    /** The mask of a range that differs as a whole. */
    public static int whole(long lengthBytes) {
        int blocks = blocks(lengthBytes);
        return blocks == Integer.SIZE ? -1 : (1 << blocks) - 1;
    }

    /** How many bytes of a range the blocks of a mask have; the range's last may be shorter. */
    public static long bytes(int mask, long lengthBytes) {
        int last = blocks(lengthBytes) - 1;
        long lacking = (long) (last + 1) * Limits.BLOCK_BYTES - lengthBytes;
        boolean withLast = (mask >>> last & 1) != 0;
        return (long) Integer.bitCount(mask) * Limits.BLOCK_BYTES - (withLast ? lacking : 0);
    }
}
