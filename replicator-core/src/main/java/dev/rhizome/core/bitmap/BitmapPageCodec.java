package dev.rhizome.core.bitmap;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The bytes of one page of the quick-sync bitmap: 4096, big-endian, the rest zero. A set bit says
 * that the block may differ from the peer's. Bit 0 is the lowest bit of the first word.
 *
 * <pre>
 *    0  magic        u32   "RZBM"
 *    4  crc32c       u32   of bytes 8 to 4095
 *    8  page number  u64   so that a page in the wrong place is noticed
 *   16  bits set     u32
 *   20  zero
 *  128  bits         496 * u64: one bit for each of 31744 blocks of 4 KiB (124 MiB)
 * </pre>
 *
 * 31744 blocks are 31 of the activity log's extents, so that an extent never lies on two pages.
 */
public final class BitmapPageCodec {
    /** The size of a page. */
    public static final int BYTES = 4096;

    /** The words of bits in a page. */
    public static final int WORDS = 496;

    /** The blocks that one page stands for. */
    public static final int BLOCKS_PER_PAGE = WORDS * Long.SIZE;

    private static final int MAGIC = 0x525A424D;
    private static final int CRC_OFFSET = 4;
    private static final int CRC_START = 8;
    private static final int BITS_OFFSET = 128;

    private BitmapPageCodec() {}

    /**
     * Fills {@link #BYTES} bytes at the target's position, and moves it.
     *
     * @param page the page's number
     * @param words the whole bitmap
     * @param firstWord where this page's words begin; those past the end of the array are zero
     */
    public static void encode(long page, long[] words, int firstWord, ByteBuffer target) {
        int at = target.position();
        target.order(ByteOrder.BIG_ENDIAN);
        int set = 0;
        for (int word = 0; word < WORDS; word++) {
            long bits = firstWord + word < words.length ? words[firstWord + word] : 0;
            set += Long.bitCount(bits);
            target.putLong(at + BITS_OFFSET + word * Long.BYTES, bits);
        }
        for (int zero = 16; zero < BITS_OFFSET; zero += Long.BYTES) {
            target.putLong(at + zero, 0);
        }
        target.putInt(at, MAGIC).putLong(at + 8, page).putInt(at + 16, set);
        target.putInt(at + CRC_OFFSET, checksum(target, at));
        target.position(at + BYTES);
    }

    /**
     * Reads {@link #BYTES} bytes at the source's position, and moves it.
     *
     * @return false if this is not the page: damaged, half written, or in the wrong place; the
     *     words are then left alone
     */
    public static boolean decode(ByteBuffer source, long page, long[] words, int firstWord) {
        int at = source.position();
        source.order(ByteOrder.BIG_ENDIAN);
        source.position(at + BYTES);
        if (source.getInt(at) != MAGIC
                || source.getInt(at + CRC_OFFSET) != checksum(source, at)
                || source.getLong(at + 8) != page) {
            return false;
        }
        for (int word = 0; word < WORDS && firstWord + word < words.length; word++) {
            words[firstWord + word] = source.getLong(at + BITS_OFFSET + word * Long.BYTES);
        }
        return true;
    }

    private static int checksum(ByteBuffer page, int at) {
        CRC32C crc = new CRC32C();
        crc.update(page.duplicate().limit(at + BYTES).position(at + CRC_START));
        return (int) crc.getValue();
    }
}
