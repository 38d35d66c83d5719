package dev.rhizome.core.bitmap;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The quick-sync bitmap in memory: one bit for each block of 4 KiB that may differ from the peer's
 * (INV-06), and which of its pages the disk does not have as they are here.
 *
 * <p>A page becomes <em>dirty</em> when a bit changes, and is <em>required</em> when something
 * waits for it to be durable. Nothing is allocated after the bitmap is made. Not final: the
 * simulator plants bugs in it.
 */
public class Bitmap {
    /** The most pages that one write takes. */
    public static final int MAX_RUN_PAGES = 16;

    private long blocks;
    private int pages;
    private long[] words;
    private long[] dirty;
    private long[] required;
    private int[] setInPage;
    private int requiredCount;
    private long setCount;
    private int runFirst;
    private int runPages;

    /**
     * An empty bitmap.
     *
     * @param blocks the volume's blocks of 4 KiB
     */
    public Bitmap(long blocks) {
        this.blocks = blocks;
        pages = pagesFor(blocks);
        words = new long[wordsFor(blocks)];
        dirty = new long[wordsFor(pages)];
        required = new long[dirty.length];
        setInPage = new int[pages];
    }

    private static int pagesFor(long blocks) {
        return (int)
                ((blocks + BitmapPageCodec.BLOCKS_PER_PAGE - 1) / BitmapPageCodec.BLOCKS_PER_PAGE);
    }

    private static int wordsFor(long bits) {
        return (int) ((bits + Long.SIZE - 1) / Long.SIZE);
    }

    /**
     * The volume has become larger: its new blocks are the same on both nodes. Their pages are on
     * the disk already, without a bit set.
     *
     * @param newBlocks at least as many as before
     */
    public void grow(long newBlocks) {
        Invariant.check(newBlocks >= blocks, "resize", "a bitmap does not shrink");
        blocks = newBlocks;
        pages = pagesFor(newBlocks);
        words = Arrays.copyOf(words, wordsFor(newBlocks));
        dirty = Arrays.copyOf(dirty, wordsFor(pages));
        required = Arrays.copyOf(required, dirty.length);
        setInPage = Arrays.copyOf(setInPage, pages);
    }

    /** The blocks that it stands for. */
    public long blocks() {
        return blocks;
    }

    /** Its pages on disk. */
    public int pages() {
        return pages;
    }

    /** How many blocks may differ. */
    public long setCount() {
        return setCount;
    }

    /**
     * How many blocks of a range may differ. Pages that are wholly inside it cost next to nothing,
     * also those without such blocks.
     *
     * @param end after the last block
     */
    public long setCount(long from, long end) {
        long count = 0;
        for (long at = from; at < end; ) {
            int page = pageOf(at);
            long pageEnd = Math.min((page + 1L) * BitmapPageCodec.BLOCKS_PER_PAGE, blocks);
            boolean whole = at % BitmapPageCodec.BLOCKS_PER_PAGE == 0 && pageEnd <= end;
            long to = Math.min(pageEnd, end);
            count += whole || setInPage[page] == 0 ? setInPage[page] : countBits(at, to);
            at = to;
        }
        return count;
    }

    private long countBits(long from, long end) {
        long count = 0;
        for (long at = from; at < end; ) {
            int bits = (int) Math.min(Long.SIZE - (at & 63), end - at);
            count += Long.bitCount(words[(int) (at >>> 6)] & mask(at, bits));
            at += bits;
        }
        return count;
    }

    /** So many bits from a block's on, in its word. */
    private static long mask(long block, int bits) {
        return (bits == Long.SIZE ? -1L : (1L << bits) - 1) << block;
    }

    /** Whether a block may differ. */
    public boolean isSet(long block) {
        return (words[(int) (block >>> 6)] >>> block & 1) != 0;
    }

    /** The next block at or after this one that may differ; -1 if there is none. */
    public long nextSet(long from) {
        int word = (int) (from >>> 6);
        if (from >= blocks) {
            return -1;
        }
        long bits = words[word] & -1L << from;
        while (bits == 0) {
            word++;
            if (word == words.length) {
                return -1;
            }
            bits = words[word];
        }
        return (long) word << 6 | Long.numberOfTrailingZeros(bits);
    }

    /** The next block at or after this one, and before the limit, that is in sync; or the limit. */
    public long nextClear(long from, long limit) {
        if (from >= limit) {
            return limit;
        }
        int word = (int) (from >>> 6);
        long bits = ~words[word] & -1L << from;
        while (bits == 0) {
            word++;
            if ((long) word << 6 >= limit) {
                return limit;
            }
            bits = ~words[word];
        }
        return Math.min(limit, (long) word << 6 | Long.numberOfTrailingZeros(bits));
    }

    /** Marks every block that a range of bytes touches. */
    public void setBytes(long offsetBytes, long lengthBytes) {
        long first = offsetBytes / Limits.BLOCK_BYTES;
        long last = (offsetBytes + lengthBytes - 1) / Limits.BLOCK_BYTES;
        set(first, last - first + 1);
    }

    /** Marks blocks as possibly different. */
    public void set(long first, long count) {
        change(first, count, true);
    }

    /** Marks blocks as the same on both nodes, durably. */
    public void clear(long first, long count) {
        change(first, count, false);
    }

    /** Marks all blocks as possibly different. */
    public void setAll() {
        set(0, blocks);
    }

    private void change(long first, long count, boolean set) {
        long end = Math.min(first + count, blocks);
        for (long at = first; at < end; ) {
            int bits = (int) Math.min(Long.SIZE - (at & 63), end - at);
            changeWord((int) (at >>> 6), mask(at, bits), set);
            at += bits;
        }
    }

    /**
     * Marks the blocks of one word; bits beyond the end are ignored.
     *
     * @param word blocks 64 * word to 64 * word + 63
     * @param mask which of them
     */
    public void setWord(int word, long mask) {
        long inside = word == words.length - 1 && (blocks & 63) != 0 ? (1L << blocks) - 1 : -1L;
        changeWord(word, mask & inside, true);
    }

    /** The bits of one word. */
    public long word(int word) {
        return words[word];
    }

    /** How many words there are. */
    public int words() {
        return words.length;
    }

    private void changeWord(int word, long mask, boolean set) {
        long before = words[word];
        long after = set ? before | mask : before & ~mask;
        if (after != before) {
            words[word] = after;
            int page = word / BitmapPageCodec.WORDS;
            int change = Long.bitCount(after) - Long.bitCount(before);
            setCount += change;
            setInPage[page] += change;
            dirty[page >>> 6] |= 1L << page;
        }
    }

    // ---- pages

    /** The page that holds a block's bit. */
    public int pageOf(long block) {
        return (int) (block / BitmapPageCodec.BLOCKS_PER_PAGE);
    }

    /** Whether the disk does not have the page as it is here. */
    public boolean dirty(int page) {
        return (dirty[page >>> 6] >>> page & 1) != 0;
    }

    /** Something waits for this page to be durable as it is now. */
    public void require(int page) {
        long mask = 1L << page;
        if (dirty(page) && (required[page >>> 6] & mask) == 0) {
            required[page >>> 6] |= mask;
            requiredCount++;
        }
    }

    /** Something waits for the whole bitmap to be durable as it is now. */
    public void requireAll() {
        for (int page = 0; page < pages; page++) {
            require(page);
        }
    }

    /** Whether a page that something waits for is not durable yet. */
    public boolean requirementsPending() {
        return requiredCount > 0 || runPages > 0;
    }

    /** Whether a write is to be made now. */
    public boolean wantsWrite() {
        return requiredCount > 0 && runPages == 0;
    }

    /**
     * Begins the write of the first required page and the dirty ones after it.
     *
     * @param target cleared and filled
     * @return the first page
     */
    public int beginWrite(ByteBuffer target) {
        target.clear();
        runFirst = firstRequired();
        runPages = 0;
        int page = runFirst;
        while (page < pages && runPages < MAX_RUN_PAGES && dirty(page)) {
            BitmapPageCodec.encode(page, words, page * BitmapPageCodec.WORDS, target);
            clean(page);
            runPages++;
            page++;
        }
        target.flip();
        return runFirst;
    }

    private void clean(int page) {
        long mask = 1L << page;
        dirty[page >>> 6] &= ~mask;
        if ((required[page >>> 6] & mask) != 0) {
            required[page >>> 6] &= ~mask;
            requiredCount--;
        }
    }

    private int firstRequired() {
        int word = 0;
        while (required[word] == 0) {
            word++;
        }
        return word << 6 | Long.numberOfTrailingZeros(required[word]);
    }

    /** The write has ended well: what it held is durable. */
    public void endWrite() {
        runPages = 0;
    }

    /**
     * Takes over a page as the disk has it; a page that is damaged reads as all set.
     *
     * @param source at the page's first byte; moved past it
     * @return whether the page was good
     */
    public boolean load(int page, ByteBuffer source) {
        int first = page * BitmapPageCodec.WORDS;
        boolean good = BitmapPageCodec.decode(source, page, words, first);
        if (good) {
            int end = Math.min(first + BitmapPageCodec.WORDS, words.length);
            if (end == words.length && (blocks & 63) != 0) {
                words[end - 1] &= (1L << blocks) - 1;
            }
            int count = 0;
            for (int word = first; word < end; word++) {
                count += Long.bitCount(words[word]);
            }
            setCount += count;
            setInPage[page] = count;
        } else {
            set((long) page * BitmapPageCodec.BLOCKS_PER_PAGE, BitmapPageCodec.BLOCKS_PER_PAGE);
        }
        return good;
    }
}
