package dev.rhizome.core.activitylog;

import java.util.Arrays;

/**
 * Which slot holds which extent, and in which order the slots were last used. A hash table with
 * chains and a doubly linked list, both in arrays: nothing is allocated per use.
 */
final class ExtentIndex {
    private static final int NONE = -1;

    private final int[] bucket;
    private final int[] nextInBucket;
    private final int[] extent;
    private final int[] newer;
    private final int[] older;
    private int newest;
    private int oldest;

    ExtentIndex(int slots) {
        int size = Integer.highestOneBit(Math.max(2, slots) * 2 - 1);
        bucket = new int[size];
        nextInBucket = new int[slots];
        extent = new int[slots];
        newer = new int[slots];
        older = new int[slots];
        clear();
    }

    /** All slots are without an extent. */
    void clear() {
        Arrays.fill(bucket, NONE);
        Arrays.fill(extent, ActivityLogCodec.FREE);
        int slots = extent.length;
        for (int slot = 0; slot < slots; slot++) {
            newer[slot] = slot + 1 < slots ? slot + 1 : NONE;
            older[slot] = slot - 1;
        }
        oldest = 0;
        newest = slots - 1;
    }

    /** The slot of an extent; -1 if it has none. */
    int find(int wanted) {
        int slot = bucket[hash(wanted)];
        while (slot != NONE && extent[slot] != wanted) {
            slot = nextInBucket[slot];
        }
        return slot;
    }

    int extentOf(int slot) {
        return extent[slot];
    }

    /** The slot that was not used for the longest time. */
    int oldest() {
        return oldest;
    }

    /** The slot that was used next after this one; -1 if this is the newest. */
    int newer(int slot) {
        return newer[slot];
    }

    /** Gives the slot to an extent, and makes it the newest. */
    void put(int slot, int wanted) {
        remove(slot);
        extent[slot] = wanted;
        int hash = hash(wanted);
        nextInBucket[slot] = bucket[hash];
        bucket[hash] = slot;
        touch(slot);
    }

    /** Takes the slot's extent from it, if it has one. */
    void remove(int slot) {
        if (extent[slot] == ActivityLogCodec.FREE) {
            return;
        }
        int hash = hash(extent[slot]);
        extent[slot] = ActivityLogCodec.FREE;
        if (bucket[hash] == slot) {
            bucket[hash] = nextInBucket[slot];
            return;
        }
        int before = bucket[hash];
        while (nextInBucket[before] != slot) {
            before = nextInBucket[before];
        }
        nextInBucket[before] = nextInBucket[slot];
    }

    /** The slot has been used now. */
    void touch(int slot) {
        if (newest == slot) {
            return;
        }
        int left = older[slot];
        int right = newer[slot];
        older[right] = left;
        if (left == NONE) {
            oldest = right;
        } else {
            newer[left] = right;
        }
        newer[newest] = slot;
        older[slot] = newest;
        newer[slot] = NONE;
        newest = slot;
    }

    private int hash(int value) {
        return ((value * 0x9E3779B9) >>> 7) & (bucket.length - 1);
    }
}
