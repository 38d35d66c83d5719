package dev.rhizome.core.activitylog;

import dev.rhizome.core.activitylog.ActivityLogCodec.Transaction;
import dev.rhizome.core.bitmap.Bitmap;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
     * Replays a ring. A crash may leave the one block torn that was being written: nothing relied
     * on it. Whatever else is wrong there may hide transactions that were relied on.
     *
     * @param ring all its blocks
     */
    public static ActivityLogContents read(ByteBuffer ring) {
        int blocks = ring.capacity() / ActivityLogCodec.BYTES;
        Transaction[] found = new Transaction[blocks];
        boolean[] unreadable = new boolean[blocks];
        Transaction newest = null;
        long misplaced = 0;
        for (int block = 0; block < blocks; block++) {
            int at = block * ActivityLogCodec.BYTES;
            Transaction transaction = ActivityLogCodec.decode(ring, at);
            if (transaction == null) {
                unreadable[block] = !ActivityLogCodec.blank(ring, at);
            } else if (transaction.sequence() % blocks != block) {
                misplaced = Math.max(misplaced, transaction.sequence());
            } else {
                found[block] = transaction;
                if (newest == null || transaction.sequence() > newest.sequence()) {
                    newest = transaction;
                }
            }
        }
        return judge(found, newest, unreadable, misplaced);
    }

    private static ActivityLogContents judge(
            Transaction[] found,
            @Nullable Transaction newest,
            boolean[] unreadable,
            long misplaced) {
        int extentBlocks = newest == null ? 0 : newest.extentBlocks();
        long last = newest == null ? 0 : newest.sequence();
        if (misplaced > last) {
            // The next transaction must be newer than that one, too.
            return damaged(
                    extentBlocks, misplaced, "transaction " + misplaced + " is in the wrong place");
        }
        int torn = unreadableAfter(last, unreadable);
        if (torn > 1) {
            // The next transaction goes behind them: it must not look like the last good one.
            return damaged(
                    extentBlocks,
                    last + torn,
                    torn + " blocks after transaction " + last + " cannot be read");
        }
        if (newest != null) {
            return replay(found, newest);
        }
        for (int block = 0; block < unreadable.length; block++) {
            if (unreadable[block] && block != 1 % unreadable.length) {
                return damaged(0, 0, "no block of it can be read");
            }
        }
        return none();
    }

    /** How many blocks in a row cannot be read, from that on which would hold the next one. */
    private static int unreadableAfter(long sequence, boolean[] unreadable) {
        int count = 0;
        while (count < unreadable.length
                && unreadable[(int) ((sequence + 1 + count) % unreadable.length)]) {
            count++;
        }
        return count;
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
                return damaged(
                        newest.extentBlocks(),
                        newest.sequence(),
                        "transaction " + first + " of it is damaged");
            }
            if (transaction.slots() != newest.slots()
                    || transaction.extentBlocks() != newest.extentBlocks()) {
                return damaged(
                        newest.extentBlocks(),
                        newest.sequence(),
                        "transaction " + first + " of it does not fit the newest");
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

    private static ActivityLogContents damaged(
            int extentBlocks, long lastSequence, String problem) {
        return new ActivityLogContents(List.of(), extentBlocks, lastSequence, problem);
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
