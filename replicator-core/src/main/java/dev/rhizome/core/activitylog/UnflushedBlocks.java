package dev.rhizome.core.activitylog;

import dev.rhizome.core.bitmap.Bitmap;
import java.util.Arrays;

/**
 * The unflushed set: for each slot of the activity log the blocks that were changed since the last
 * flush of both disks. Two sets that take turns: one takes what is changed now, the other holds
 * what a flush under way is to make durable.
 */
final class UnflushedBlocks {

    /** One of the two sets: a mask of blocks for each slot, and which slots have any. */
    private static final class Half {
        final long[] masks;
        final int[] slots;
        int count;

        Half(int slots, int words) {
            masks = new long[slots * words];
            this.slots = new int[slots];
        }
    }

    private final int words;
    private final int extentBlocks;
    private final byte[] halvesWith;
    private Half open;
    private Half closing;
    private boolean flushing;
    private int extents;

    UnflushedBlocks(int slots, int extentBlocks) {
        this.extentBlocks = extentBlocks;
        words = (extentBlocks + Long.SIZE - 1) / Long.SIZE;
        halvesWith = new byte[slots];
        open = new Half(slots, words);
        closing = new Half(slots, words);
    }

    /** How many extents have any. */
    int extents() {
        return extents;
    }

    /** Whether a flush that counts is under way. */
    boolean flushing() {
        return flushing;
    }

    boolean any(int slot) {
        return halvesWith[slot] != 0;
    }

    /** The blocks from, included, to, excluded, of the slot's extent were changed. */
    void add(int slot, int from, int to) {
        boolean known = false;
        for (int word = slot * words; word < (slot + 1) * words; word++) {
            known |= open.masks[word] != 0;
        }
        if (!known) {
            enlist(open, slot);
        }
        for (int at = from; at < to; at++) {
            open.masks[slot * words + (at >>> 6)] |= 1L << at;
        }
    }

    private void enlist(Half half, int slot) {
        half.slots[half.count++] = slot;
        if (halvesWith[slot]++ == 0) {
            extents++;
        }
    }

    /** A flush begins: what was added so far is what it covers, unless another is under way. */
    boolean close() {
        if (flushing) {
            return false;
        }
        flushing = true;
        Half empty = closing;
        closing = open;
        open = empty;
        return true;
    }

    /** The flush is over. */
    void end(boolean succeeded) {
        flushing = false;
        for (int i = 0; i < closing.count; i++) {
            int slot = closing.slots[i];
            if (!succeeded) {
                keep(slot);
            }
            Arrays.fill(closing.masks, slot * words, (slot + 1) * words, 0);
            if (--halvesWith[slot] == 0) {
                extents--;
            }
        }
        closing.count = 0;
    }

    private void keep(int slot) {
        boolean known = false;
        for (int word = slot * words; word < (slot + 1) * words; word++) {
            known |= open.masks[word] != 0;
        }
        if (!known) {
            enlist(open, slot);
        }
        for (int word = slot * words; word < (slot + 1) * words; word++) {
            open.masks[word] |= closing.masks[word];
        }
    }

    /** Marks all of them as different from the peer's. */
    void markIn(Bitmap bitmap, ExtentIndex index) {
        mark(open, bitmap, index);
        mark(closing, bitmap, index);
    }

    private void mark(Half half, Bitmap bitmap, ExtentIndex index) {
        for (int i = 0; i < half.count; i++) {
            int slot = half.slots[i];
            long first = (long) index.extentOf(slot) * extentBlocks;
            for (int word = 0; word < words; word++) {
                long mask = half.masks[slot * words + word];
                if (mask != 0) {
                    markWord(bitmap, first + (long) word * Long.SIZE, mask);
                }
            }
        }
    }

    /** An extent of fewer than 64 blocks begins in the middle of a word of the bitmap. */
    private static void markWord(Bitmap bitmap, long firstBlock, long mask) {
        int shift = (int) (firstBlock & 63);
        bitmap.setWord((int) (firstBlock >>> 6), mask << shift);
    }

    void clear() {
        clear(open);
        clear(closing);
        Arrays.fill(halvesWith, (byte) 0);
        extents = 0;
    }

    private void clear(Half half) {
        for (int i = 0; i < half.count; i++) {
            int slot = half.slots[i];
            Arrays.fill(half.masks, slot * words, (slot + 1) * words, 0);
        }
        half.count = 0;
    }
}
