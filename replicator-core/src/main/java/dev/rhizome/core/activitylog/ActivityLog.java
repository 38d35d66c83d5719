package dev.rhizome.core.activitylog;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.bitmap.Bitmap;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The activity log in memory: which extents may have changes under way on either disk (INV-07). A
 * change goes to a disk only while its extents are active, durably; an extent is given up only when
 * nothing is under way in it, all that was written there is durable on both disks, and its page of
 * the bitmap is durable.
 *
 * <p>Each active extent also carries its share of the <em>unflushed set</em>: the blocks that were
 * changed and acknowledged, but not flushed since. If the peer is lost, they count as different
 * (INV-06). All memory is allocated once (INV-17).
 */
public final class ActivityLog {
    private static final byte FREE = 0;
    private static final byte ASSIGNED = 1;
    private static final byte IN_TRANSACTION = 2;
    private static final byte ACTIVE = 3;

    private final Bitmap bitmap;
    private final int extentBlocks;
    private final int slots;
    private final boolean scarce;
    private final int ringBlocks;
    private final byte[] state;
    private final int[] holders;
    private final long[] neededIn;
    private final long[] usedIn;
    private final ExtentIndex index;
    private final UnflushedBlocks unflushed;
    private final int[] fresh = new int[ActivityLogCodec.MAX_UPDATES];
    private final int[] assigned;
    private int assignedCount;
    private int freshCount;
    private int contextCursor;
    private long sequence;
    private long round = 1;
    private long period = 1;
    private boolean inTransaction;
    private boolean resetWanted;
    private boolean emptying;

    /** Until then the set on disk is of an earlier life, folded into the bitmap or ended well. */
    private boolean started;

    private boolean full;
    private boolean starving;

    /**
     * An empty log.
     *
     * @param bitmap its pages are made durable before an extent is given up
     * @param extentBlocks blocks of 4 KiB in one extent: a power of two, 8 to 1024
     * @param maxExtents how many extents may be active; not more than the volume has are used
     * @param ringBlocks the ring's size on disk
     * @param lastSequence the newest transaction on disk
     */
    public ActivityLog(
            Bitmap bitmap, int extentBlocks, int maxExtents, int ringBlocks, long lastSequence) {
        Invariant.check(extentFits(extentBlocks), "activity-log", "an extent of 8 to 1024 blocks");
        this.bitmap = bitmap;
        this.extentBlocks = extentBlocks;
        this.ringBlocks = ringBlocks;
        long extents = (bitmap.blocks() + extentBlocks - 1) / extentBlocks;
        slots = (int) Math.min(maxExtents, extents);
        scarce = slots < extents;
        sequence = lastSequence;
        state = new byte[slots];
        holders = new int[slots];
        neededIn = new long[slots];
        usedIn = new long[slots];
        // A slot that cools may be assigned anew before the transaction that says so.
        assigned = new int[slots + ActivityLogCodec.MAX_UPDATES];
        index = new ExtentIndex(slots);
        unflushed = new UnflushedBlocks(slots, extentBlocks);
    }

    /** Whether an extent may have this many blocks. */
    public static boolean extentFits(int blocks) {
        return blocks >= 8 && blocks <= 1024 && Integer.bitCount(blocks) == 1;
    }

    /** How many extents may be active at once. */
    public int slots() {
        return slots;
    }

    /** The newest transaction. */
    public long sequence() {
        return sequence;
    }

    /** Whether no change is under way or waits for its extents, and all is flushed. */
    public boolean quiet() {
        if (inTransaction || assignedCount > 0 || anyUnflushed()) {
            return false;
        }
        for (int slot = 0; slot < slots; slot++) {
            if (holders[slot] > 0) {
                return false;
            }
        }
        return true;
    }

    private int firstExtent(long offsetBytes) {
        return (int) (offsetBytes / Limits.BLOCK_BYTES / extentBlocks);
    }

    private int lastExtent(long offsetBytes, long lengthBytes) {
        return firstExtent(offsetBytes + lengthBytes - 1);
    }

    // ---- changes

    /**
     * A change asks to begin at once.
     *
     * @return whether all its extents are active, and held for it until {@link #leave}; false also
     *     while an earlier one waits for a slot that those in use would never leave to it
     */
    public boolean enterIfActive(long offsetBytes, long lengthBytes) {
        int first = firstExtent(offsetBytes);
        int last = lastExtent(offsetBytes, lengthBytes);
        if (starving) {
            return false;
        }
        for (int extent = first; extent <= last; extent++) {
            int slot = index.find(extent);
            if (slot < 0 || state[slot] != ACTIVE) {
                return false;
            }
        }
        for (int extent = first; extent <= last; extent++) {
            int slot = index.find(extent);
            index.touch(slot);
            usedIn[slot] = period;
            holders[slot]++;
        }
        return true;
    }

    /**
     * All changes that wait are about to be asked for once more, the longest waiting first: what
     * one needs is not given up for a later one, so that none waits for ever.
     */
    public void beginRound() {
        round++;
        starving = false;
    }

    /** Whether a range has not more extents than can be active. */
    public boolean fits(long offsetBytes, long lengthBytes) {
        return lastExtent(offsetBytes, lengthBytes) - firstExtent(offsetBytes) < slots;
    }

    /**
     * A change that waits asks to begin. What is cold is put into the next transaction.
     *
     * @return as {@link #enterIfActive}
     */
    public boolean enter(long offsetBytes, long lengthBytes) {
        int first = firstExtent(offsetBytes);
        int last = lastExtent(offsetBytes, lengthBytes);
        Invariant.check(
                fits(offsetBytes, lengthBytes),
                "INV-17",
                "a change of more extents than can be active");
        if (starving) {
            // One that waits longer has found no slot in this round: it is not overtaken.
            return false;
        }
        for (int extent = first; extent <= last; extent++) {
            int slot = index.find(extent);
            if (slot >= 0) {
                neededIn[slot] = round;
            }
        }
        for (int extent = first; extent <= last; extent++) {
            if (index.find(extent) < 0) {
                assign(extent);
            }
        }
        return enterIfActive(offsetBytes, lengthBytes);
    }

    /**
     * A change that has entered is over.
     *
     * @param durable whether it is on the stable media of both disks already
     */
    public void leave(long offsetBytes, long lengthBytes, boolean durable) {
        int first = firstExtent(offsetBytes);
        int last = lastExtent(offsetBytes, lengthBytes);
        long firstBlock = offsetBytes / Limits.BLOCK_BYTES;
        long endBlock = (offsetBytes + lengthBytes - 1) / Limits.BLOCK_BYTES + 1;
        for (int extent = first; extent <= last; extent++) {
            int slot = index.find(extent);
            Invariant.check(
                    slot >= 0 && holders[slot] > 0, "INV-07", "a change without its extent");
            holders[slot]--;
            full = false;
            if (!durable) {
                long base = (long) extent * extentBlocks;
                int from = (int) Math.max(0, firstBlock - base);
                int to = (int) Math.min(extentBlocks, endBlock - base);
                unflushed.add(slot, from, to);
            }
        }
    }

    private void assign(int extent) {
        int slot = full ? -1 : victim();
        if (slot < 0) {
            full = true;
            starving = true;
            return;
        }
        if (state[slot] == ACTIVE) {
            bitmap.require(bitmap.pageOf((long) index.extentOf(slot) * extentBlocks));
        }
        index.put(slot, extent);
        state[slot] = ASSIGNED;
        neededIn[slot] = round;
        usedIn[slot] = period;
        assigned[assignedCount++] = slot;
    }

    /** The longest unused slot that nothing hinders; -1 if there is none. */
    private int victim() {
        for (int slot = index.oldest(); slot >= 0; slot = index.newer(slot)) {
            boolean idle =
                    state[slot] == ACTIVE
                            && holders[slot] == 0
                            && neededIn[slot] != round
                            && !unflushed.any(slot);
            if (state[slot] == FREE || idle) {
                return slot;
            }
        }
        return -1;
    }

    /** Whether a flush of both disks, which none under way is, would set many extents free. */
    public boolean needsFlush() {
        boolean many = scarce && unflushed.extents() > slots / 2;
        return (many || (full && unflushed.extents() > 0)) && !unflushed.flushing();
    }

    /** Whether anything that was changed has not been flushed on both disks since. */
    public boolean anyUnflushed() {
        return unflushed.extents() > 0;
    }

    /**
     * A period has passed. Extents that nothing has used for a whole one are given up, so that the
     * crash of a node that has been quiet costs little; a few at a time.
     */
    public void cool() {
        period++;
        if (inTransaction || assignedCount > 0) {
            return;
        }
        int slot = index.oldest();
        while (slot >= 0 && assignedCount < ActivityLogCodec.MAX_UPDATES) {
            int next = index.newer(slot);
            if (usedIn[slot] >= period - 1) {
                return;
            }
            if (state[slot] == ACTIVE && holders[slot] == 0 && !unflushed.any(slot)) {
                bitmap.require(bitmap.pageOf((long) index.extentOf(slot) * extentBlocks));
                index.remove(slot);
                state[slot] = FREE;
                assigned[assignedCount++] = slot;
            }
            slot = next;
        }
    }

    // ---- the unflushed set

    /**
     * A flush of both disks is asked for now.
     *
     * @return whether its end is to be told to {@link #flushEnded}; false if an earlier one that
     *     counts is under way
     */
    public boolean flushBegins() {
        return unflushed.close();
    }

    /**
     * A flush that counts has ended; all that was over when it began is durable if it succeeded.
     */
    public void flushEnded(boolean succeeded) {
        unflushed.end(succeeded);
        full = false;
    }

    /** The peer is lost: what it has acknowledged but never flushed counts as different. */
    public void onPeerLost() {
        unflushed.markIn(bitmap, index);
    }

    // ---- transactions

    /** Whether a transaction is to be written, as soon as the pages that it needs are durable. */
    public boolean wantsTransaction() {
        return !inTransaction && (assignedCount > 0 || resetWanted);
    }

    /** Whether the log is to be emptied on disk, before anything that tells of a clean end. */
    public boolean resetPending() {
        return resetWanted || (inTransaction && emptying);
    }

    /** Forgets all extents, on disk too. Nothing may be under way or unflushed. */
    public void reset() {
        for (int slot = 0; slot < slots; slot++) {
            Invariant.check(holders[slot] == 0, "INV-07", "the log is emptied under a change");
        }
        Arrays.fill(state, FREE);
        index.clear();
        unflushed.clear();
        assignedCount = 0;
        full = false;
        starving = false;
        resetWanted = true;
    }

    /**
     * Begins the next transaction.
     *
     * @param target its bytes, cleared and filled
     * @return the ring's block that it goes to
     */
    public int beginWrite(ByteBuffer target) {
        sequence++;
        inTransaction = true;
        boolean afresh = resetWanted || !started;
        emptying = resetWanted;
        resetWanted = false;
        started = true;
        ActivityLogCodec.begin(target, sequence, extentBlocks, slots, afresh);
        freshCount = Math.min(assignedCount, ActivityLogCodec.MAX_UPDATES);
        for (int i = 0; i < freshCount; i++) {
            int slot = assigned[i];
            fresh[i] = slot;
            if (state[slot] == ASSIGNED) {
                state[slot] = IN_TRANSACTION;
            }
            ActivityLogCodec.update(target, i, slot, index.extentOf(slot));
        }
        assignedCount -= freshCount;
        System.arraycopy(assigned, freshCount, assigned, 0, assignedCount);
        encodeContext(target);
        return (int) (sequence % ringBlocks);
    }

    private void encodeContext(ByteBuffer target) {
        int count = Math.min(ActivityLogCodec.MAX_CONTEXT, slots);
        int start = contextCursor;
        for (int i = 0; i < count; i++) {
            int slot = (start + i) % slots;
            ActivityLogCodec.context(target, i, index.extentOf(slot));
        }
        contextCursor = (start + count) % slots;
        ActivityLogCodec.end(target, start, count);
    }

    /** The transaction is durable: its extents are active. */
    public void endWrite() {
        inTransaction = false;
        emptying = false;
        full = false;
        for (int i = 0; i < freshCount; i++) {
            // A reset may have come in between.
            if (state[fresh[i]] == IN_TRANSACTION) {
                state[fresh[i]] = ACTIVE;
            }
        }
        freshCount = 0;
    }
}
