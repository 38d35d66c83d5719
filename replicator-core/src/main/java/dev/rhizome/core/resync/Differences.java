package dev.rhizome.core.resync;

import dev.rhizome.core.Limits;

/** What of a range differs, as the target has said: runs of blocks, to be copied one by one. */
final class Differences {
    private long rangeOffsetBytes;
    private int rangeLengthBytes;
    private int left;
    private int first;
    private int end;

    /** A range of at most 32 blocks; those in the mask differ. */
    void of(long offsetBytes, int lengthBytes, int mask) {
        rangeOffsetBytes = offsetBytes;
        rangeLengthBytes = lengthBytes;
        left = mask;
    }

    void clear() {
        left = 0;
    }

    /** Whether there is a further run. */
    boolean any() {
        return left != 0;
    }

    /** Moves to the next run. */
    void next() {
        first = Integer.numberOfTrailingZeros(left);
        end = first;
        while (end < Integer.SIZE && (left >>> end & 1) != 0) {
            left &= ~(1 << end);
            end++;
        }
    }

    /** Where the run begins. */
    long offsetBytes() {
        return rangeOffsetBytes + (long) first * Limits.BLOCK_BYTES;
    }

    /** How long it is; the range's last block may be shorter. */
    int lengthBytes() {
        int endBytes = Math.min(end * Limits.BLOCK_BYTES, rangeLengthBytes);
        return endBytes - first * Limits.BLOCK_BYTES;
    }
}
