package dev.rhizome.core.activitylog;

import java.nio.ByteBuffer;
import java.util.List;

/** A whole ring as a tool writes it, on a disk that no replica uses. */
public final class ActivityLogImage {

    private ActivityLogImage() {}

    /** The most extents that a ring of this size can hold. */
    public static int maxExtents(int ringBlocks) {
        return (int)
                Math.min(
                        ActivityLogCodec.MAX_SLOTS,
                        (long) ringBlocks * ActivityLogCodec.MAX_CONTEXT);
    }

    /**
     * Fills a ring so that it replays to these extents and no others. One transaction repeats at
     * most {@link ActivityLogCodec#MAX_CONTEXT} slots: there are as many as it takes, of which the
     * first begins afresh. Without extents the ring is blank.
     *
     * @param extents the active extents, at most {@link #maxExtents}
     * @param extentBlocks blocks of 4 KiB in one extent; without meaning if there are none
     * @param ring all its blocks; cleared and filled
     */
    public static void encode(List<Integer> extents, int extentBlocks, ByteBuffer ring) {
        int ringBlocks = ring.capacity() / ActivityLogCodec.BYTES;
        if (extents.size() > maxExtents(ringBlocks)) {
            throw new IllegalArgumentException(extents.size() + " extents do not fit");
        }
        ring.clear();
        while (ring.hasRemaining()) {
            ring.put((byte) 0);
        }
        ring.clear();
        ByteBuffer transaction = ByteBuffer.allocate(ActivityLogCodec.BYTES);
        long sequence = 0;
        for (int start = 0; start < extents.size(); start += ActivityLogCodec.MAX_CONTEXT) {
            sequence++;
            ActivityLogCodec.begin(
                    transaction, sequence, extentBlocks, extents.size(), sequence == 1);
            int count = Math.min(ActivityLogCodec.MAX_CONTEXT, extents.size() - start);
            for (int i = 0; i < count; i++) {
                ActivityLogCodec.context(transaction, i, extents.get(start + i));
            }
            ActivityLogCodec.end(transaction, start, count);
            int block = (int) (sequence % ringBlocks);
            ring.put(block * ActivityLogCodec.BYTES, transaction, 0, ActivityLogCodec.BYTES);
        }
    }
}
