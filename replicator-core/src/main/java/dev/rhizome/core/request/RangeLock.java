package dev.rhizome.core.request;

import dev.rhizome.core.Invariant;
import java.util.Arrays;

/**
 * Who may change which range (INV-13): overlapping holders wait for each other in the order in
 * which they asked. Holders are small numbers. Allocates nothing; a search is a scan over packed
 * arrays, which for the tens to hundreds of ranges in flight is faster than a tree. Not final: the
 * simulator plants bugs in it.
 */
public class RangeLock {
    private static final int INITIAL = 64;

    private final int holders;
    private long[] startOf = new long[INITIAL];
    private long[] endOf = new long[INITIAL];
    private boolean[] waiting = new boolean[INITIAL];
    private int[] order = new int[INITIAL];
    private int count;
    private int waiters;

    /**
     * @param holders how many holders there can be; memory grows to what is used, and then stays
     */
    public RangeLock(int holders) {
        this.holders = holders;
    }

    private void makeRoomFor(int holder) {
        Invariant.check(holder < holders, "INV-17", "a holder of ranges beyond the limit");
        if (holder >= startOf.length) {
            int length = Math.min(holders, Integer.highestOneBit(holder) * 2);
            startOf = Arrays.copyOf(startOf, length);
            endOf = Arrays.copyOf(endOf, length);
            waiting = Arrays.copyOf(waiting, length);
        }
        if (count == order.length) {
            order = Arrays.copyOf(order, Math.min(holders, count * 2));
        }
    }

    /**
     * Asks for a range.
     *
     * @return true if the holder has it now; false if it waits and {@link #nextGranted} will name
     *     it
     */
    public boolean lock(int holder, long startBytes, long lengthBytes) {
        makeRoomFor(holder);
        startOf[holder] = startBytes;
        endOf[holder] = startBytes + lengthBytes;
        waiting[holder] = conflictsBefore(holder, count);
        order[count++] = holder;
        if (waiting[holder]) {
            waiters++;
        }
        return !waiting[holder];
    }

    /** Whether somebody holds, or waits for, a part of this range. */
    public boolean taken(long startBytes, long lengthBytes) {
        return conflicts(startBytes, startBytes + lengthBytes, count);
    }

    /** Gives a range back, or stops waiting for it. */
    public void unlock(int holder) {
        int at = 0;
        while (at < count && order[at] != holder) {
            at++;
        }
        Invariant.check(at < count, "INV-13", "unlock of a range that is not held");
        count--;
        System.arraycopy(order, at + 1, order, at, count - at);
        if (waiting[holder]) {
            waiting[holder] = false;
            waiters--;
        }
    }

    /** A waiter whose turn it is, which holds its range from now on; -1 if there is none. */
    public int nextGranted() {
        if (waiters == 0) {
            return -1;
        }
        for (int at = 0; at < count; at++) {
            int holder = order[at];
            if (waiting[holder] && !conflictsBefore(holder, at)) {
                waiting[holder] = false;
                waiters--;
                return holder;
            }
        }
        return -1;
    }

    private boolean conflictsBefore(int holder, int limit) {
        return conflicts(startOf[holder], endOf[holder], limit);
    }

    private boolean conflicts(long start, long end, int limit) {
        for (int at = 0; at < limit; at++) {
            int other = order[at];
            if (startOf[other] < end && start < endOf[other]) {
                return true;
            }
        }
        return false;
    }
}
