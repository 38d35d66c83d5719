package dev.rhizome.core.request;

import dev.rhizome.core.Limits;
import java.util.Arrays;

/**
 * Ranges that a SyncTarget which is Primary keeps for resync blocks that changes of its clients
 * have overtaken: changes that come later wait, so that a block that is written again and again is
 * copied all the same. One for each block that the source can have under way.
 */
final class SyncReservations {

    private enum Stage {
        NONE,
        /** Waits behind changes that were asked for before. */
        WAITING,
        /** Holds the range: the next copy of the block is good. */
        HELD,
        /** The block is being written. */
        USED
    }

    private final RangeLock ranges;
    private final int firstHolder;
    private final Stage[] stages = new Stage[Limits.MAX_RESYNC_IN_FLIGHT];

    SyncReservations(RangeLock ranges, int firstHolder) {
        this.ranges = ranges;
        this.firstHolder = firstHolder;
        Arrays.fill(stages, Stage.NONE);
    }

    /** Which of the source's blocks a request is for; -1 if there can be no such block. */
    static int blockOf(long wireId) {
        long block = wireId >>> 32;
        return block < Limits.MAX_RESYNC_IN_FLIGHT ? (int) block : -1;
    }

    boolean owns(int holder) {
        return holder >= firstHolder;
    }

    void onRangeGranted(int holder) {
        stages[holder - firstHolder] = Stage.HELD;
    }

    /** Whether the block may be written under its reservation; it is then {@link #release}d. */
    boolean use(int block) {
        boolean held = stages[block] == Stage.HELD;
        if (held) {
            stages[block] = Stage.USED;
        }
        return held;
    }

    /** Whether the block waits for its range already. */
    boolean waiting(int block) {
        return stages[block] == Stage.WAITING;
    }

    /** The block was overtaken: its range is kept for its next copy. */
    void reserve(int block, long offsetBytes, long lengthBytes) {
        boolean held = ranges.lock(firstHolder + block, offsetBytes, lengthBytes);
        stages[block] = held ? Stage.HELD : Stage.WAITING;
    }

    void release(int block) {
        stages[block] = Stage.NONE;
        ranges.unlock(firstHolder + block);
    }

    /** The link is gone: no further copy comes. What is being written is released when it ends. */
    void onLinkDown() {
        for (int block = 0; block < stages.length; block++) {
            if (stages[block] == Stage.WAITING || stages[block] == Stage.HELD) {
                release(block);
            }
        }
    }
}
