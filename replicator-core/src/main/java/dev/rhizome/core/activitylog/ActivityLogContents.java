package dev.rhizome.core.activitylog;

import dev.rhizome.core.activitylog.ActivityLogCodec.Transaction;
import dev.rhizome.core.bitmap.Bitmap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the ring of the activity log holds: which extents may have had changes under way when the
 * node died.
 *
 * @param extents the active extents, each a number of {@code extentBlocks} blocks
 * @param extentBlocks blocks of 4 KiB in one extent; 0 if nothing was ever written
 * @param lastSequence the newest transaction; 0 if there is none
 * @param problem why the set is not known, for a person; empty if it is. All blocks must then be
 *     taken for different.
 */
public record ActivityLogContents(
        List<Integer> extents, int extentBlocks, long lastSequence, String problem) {

    /** Copies the extents. */
    public ActivityLogContents {
        extents = List.copyOf(extents);
    }

    /** Nothing was ever written. */
    public static ActivityLogContents none() {
        return new ActivityLogContents(List.of(), 0, 0, "");
    }

    /**
     * Replays a ring.
     *
     * @param ring all its blocks
     */
    public static ActivityLogContents read(ByteBuffer ring) {
        int blocks = ring.capacity() / ActivityLogCodec.BYTES;
        Transaction[] found = new Transaction[blocks];
        Transaction newest = null;
        int unreadable = 0;
        for (int block = 0; block < blocks; block++) {
            int at = block * ActivityLogCodec.BYTES;
            Transaction transaction = ActivityLogCodec.decode(ring, at);
            if (transaction == null) {
                unreadable += ActivityLogCodec.blank(ring, at) ? 0 : 1;
                continue;
            }
            if (transaction.sequence() % blocks == block) {
                found[block] = transaction;
                if (newest == null || transaction.sequence() > newest.sequence()) {
                    newest = transaction;
                }
            }
        }
        if (newest == null) {
            // One torn block beside blank ones is the very first transaction: nothing relied on it.
            return unreadable <= 1
                    ? none()
                    : new ActivityLogContents(List.of(), 0, 0, "no block of it can be read");
        }
        return replay(found, newest);
    }

    /** The last transactions that together repeat every slot, from the oldest to the newest. */
    private static ActivityLogContents replay(Transaction[] found, Transaction newest) {
        int[] extents = new int[newest.slots()];
        Arrays.fill(extents, ActivityLogCodec.FREE);
        long first = newest.sequence();
        int repeated = 0;
        while (true) {
            Transaction transaction = found[(int) (first % found.length)];
            if (transaction == null || transaction.sequence() != first) {
                return damaged(newest, "transaction " + first + " of it is damaged");
            }
            if (transaction.slots() != newest.slots()
                    || transaction.extentBlocks() != newest.extentBlocks()) {
                return damaged(newest, "transaction " + first + " of it does not fit the newest");
            }
            repeated += transaction.contextCount();
            if (transaction.reset() || repeated >= newest.slots() || first == 1) {
                break;
            }
            first--;
        }
        for (long sequence = first; sequence <= newest.sequence(); sequence++) {
            found[(int) (sequence % found.length)].applyTo(extents);
        }
        List<Integer> active = new ArrayList<>();
        for (int extent : extents) {
            if (extent != ActivityLogCodec.FREE) {
                active.add(extent);
            }
        }
        return new ActivityLogContents(active, newest.extentBlocks(), newest.sequence(), "");
    }

    private static ActivityLogContents damaged(Transaction newest, String problem) {
        return new ActivityLogContents(
                List.of(), newest.extentBlocks(), newest.sequence(), problem);
    }

    /** Marks as possibly different all that changes may have been under way for (INV-06). */
    public void foldInto(Bitmap bitmap) {
        if (!problem.isEmpty()) {
            bitmap.setAll();
            return;
        }
        for (int extent : extents) {
            bitmap.set(Integer.toUnsignedLong(extent) * extentBlocks, extentBlocks);
        }
    }
}
