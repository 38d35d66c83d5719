package dev.rhizome.core.bitmap;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A part of a bitmap on its way to the peer: the body of SYNC_BITMAP. Big-endian:
 *
 * <pre>
 *  u64 first block, u8 encoding, then
 *  encoding 0, plain:       u64 words of bits, for 64 blocks each; the first block is a multiple of 64
 *  encoding 1, run lengths: runs of blocks that are in sync and that differ, by turns, beginning with
 *                           in sync (which may be 0); each a number of 7 bits a byte, lowest first,
 *                           the high bit of a byte says that another follows
 * </pre>
 *
 * The sender takes what covers more blocks in one body.
 */
public final class BitmapChunkCodec {
    private static final byte PLAIN = 0;
    private static final byte RUNS = 1;
    private static final int HEADER_BYTES = 9;
    private static final int MAX_NUMBER_BYTES = 9;

    private BitmapChunkCodec() {}

    /**
     * Fills the buffer with the bits from this block on, as many as fit.
     *
     * @param from a multiple of 64
     * @param target cleared and filled
     * @param limitBytes the largest body
     */
    public static ByteBuffer encode(Bitmap bitmap, long from, ByteBuffer target, int limitBytes) {
        long byRuns = encodeRuns(bitmap, from, target, limitBytes);
        long plain =
                Math.min((limitBytes - HEADER_BYTES) / Long.BYTES * 64L, bitmap.blocks() - from);
        if (byRuns - from < plain) {
            begin(target, from, PLAIN);
            int word = (int) (from >>> 6);
            long words = (plain + 63) / 64;
            for (int i = 0; i < words; i++) {
                target.putLong(bitmap.word(word + i));
            }
        }
        return target.flip();
    }

    private static void begin(ByteBuffer target, long from, byte encoding) {
        target.clear().order(ByteOrder.BIG_ENDIAN);
        target.putLong(from).put(encoding);
    }

    /** Where the runs end: at the end of the bitmap, or at a multiple of 64 before it. */
    private static long encodeRuns(Bitmap bitmap, long from, ByteBuffer target, int limitBytes) {
        begin(target, from, RUNS);
        long at = from;
        boolean set = false;
        while (at < bitmap.blocks() && target.position() <= limitBytes - 2 * MAX_NUMBER_BYTES) {
            long end = set ? bitmap.nextClear(at, bitmap.blocks()) : nextSetOrEnd(bitmap, at);
            putNumber(target, end - at);
            at = end;
            set = !set;
        }
        long rest = (64 - (at & 63)) & 63;
        if (at < bitmap.blocks() && rest > 0) {
            // The next body begins at a multiple of 64: what is left of this word counts as set.
            if (!set) {
                putNumber(target, 0);
            }
            putNumber(target, Math.min(rest, bitmap.blocks() - at));
            at = Math.min(at + rest, bitmap.blocks());
        }
        return at;
    }

    private static long nextSetOrEnd(Bitmap bitmap, long from) {
        long next = bitmap.nextSet(from);
        return next < 0 ? bitmap.blocks() : next;
    }

    private static void putNumber(ByteBuffer target, long value) {
        long left = value;
        while (left >= 0x80) {
            target.put((byte) (left | 0x80));
            left >>>= 7;
        }
        target.put((byte) left);
    }

    /**
     * Adds what the body says to a bitmap.
     *
     * @param expectedFrom the block that the body must begin with
     * @return the block after the last one that it speaks of; -1 if the body is not sound (INV-16);
     *     some bits may be set by then, which does no harm
     */
    public static long addTo(Bitmap bitmap, ByteBuffer body, long expectedFrom) {
        ByteBuffer in = body.duplicate().order(ByteOrder.BIG_ENDIAN);
        try {
            if (in.getLong() != expectedFrom) {
                return -1;
            }
            byte encoding = in.get();
            long end =
                    switch (encoding) {
                        case PLAIN -> addPlain(bitmap, in, expectedFrom);
                        case RUNS -> addRuns(bitmap, in, expectedFrom);
                        default -> -1;
                    };
            return end > expectedFrom && (end == bitmap.blocks() || (end & 63) == 0) ? end : -1;
        } catch (BufferUnderflowException e) {
            return -1;
        }
    }

    private static long addPlain(Bitmap bitmap, ByteBuffer in, long from) {
        int word = (int) (from >>> 6);
        if (in.remaining() % Long.BYTES != 0
                || in.remaining() / Long.BYTES > bitmap.words() - word) {
            return -1;
        }
        while (in.hasRemaining()) {
            bitmap.setWord(word, in.getLong());
            word++;
        }
        return Math.min((long) word << 6, bitmap.blocks());
    }

    private static long addRuns(Bitmap bitmap, ByteBuffer in, long from) {
        long at = from;
        boolean set = false;
        while (in.hasRemaining()) {
            long length = number(in);
            if (length < 0 || length > bitmap.blocks() - at) {
                return -1;
            }
            if (set) {
                bitmap.set(at, length);
            }
            at += length;
            set = !set;
        }
        return at;
    }

    private static long number(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 7 * MAX_NUMBER_BYTES; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        return -1;
    }
}
