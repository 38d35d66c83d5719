package dev.rhizome.core.verify;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.request.CheckAnswer;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.RangeLock;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The ranges that an online verify has under way, from the first to the last: each under its range
 * lock from the read to the peer's answer, so that no change of this node is under way on either
 * disk while both are read.
 */
final class VerifyWalk {

    /** Where a range is. */
    private enum Stage {
        /** The slot is not used. */
        FREE,
        /** Waits for its range. */
        WAITING_RANGE,
        /** Being read. */
        READING,
        /** Being read, and nobody wants to know any more. */
        STALE,
        /** Its digests are on their way to the peer and back. */
        SENT,
        /** The same, and nobody wants to know any more. */
        ABANDONED
    }

    private static final class Slot {
        Stage stage = Stage.FREE;
        long offsetBytes;
        int lengthBytes;
        int use;
        @Nullable Payload payload;
    }

    /** Who is told what the peer says. */
    interface Listener {
        /** The blocks of the mask differ. */
        void compared(long offsetBytes, int lengthBytes, int mask);

        /** One of the two could not read. */
        void failed(String why);
    }

    private final Node node;
    private final RangeLock ranges;
    private final int firstHolder;
    private final VerifyPace pace;
    private final Listener listener;
    private final Slot[] slots = new Slot[Limits.MAX_VERIFY_IN_FLIGHT];
    private long cursorBytes;
    private long stopBytes;
    private long answers;

    VerifyWalk(Node node, RangeLock ranges, int firstHolder, VerifyPace pace, Listener listener) {
        this.node = node;
        this.ranges = ranges;
        this.firstHolder = firstHolder;
        this.pace = pace;
        this.listener = listener;
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot();
        }
    }

    /** Begins anew; nothing is under way that anybody wants to know. */
    void restart(long fromBytes, long toBytes) {
        cursorBytes = fromBytes;
        stopBytes = toBytes;
    }

    /** Everything before this was compared. */
    long positionBytes() {
        long lowest = cursorBytes;
        for (Slot slot : slots) {
            if (wanted(slot)) {
                lowest = Math.min(lowest, slot.offsetBytes);
            }
        }
        return lowest;
    }

    private static boolean wanted(Slot slot) {
        return slot.stage == Stage.WAITING_RANGE
                || slot.stage == Stage.READING
                || slot.stage == Stage.SENT;
    }

    /** Whether all was compared. */
    boolean complete() {
        return positionBytes() >= stopBytes;
    }

    /** Whether no read is under way. */
    boolean drained() {
        for (Slot slot : slots) {
            if (slot.stage == Stage.READING || slot.stage == Stage.STALE) {
                return false;
            }
        }
        return true;
    }

    /** Whether the peer owes an answer. */
    boolean awaitsPeer() {
        for (Slot slot : slots) {
            if (slot.stage == Stage.SENT || slot.stage == Stage.ABANDONED) {
                return true;
            }
        }
        return false;
    }

    /** Answers so far. */
    long answers() {
        return answers;
    }

    /** Begins as many ranges as slots, memory and the pace allow. */
    void fill() {
        for (int i = 0; i < slots.length && cursorBytes < stopBytes; i++) {
            if (slots[i].stage == Stage.FREE && !begin(i)) {
                return;
            }
        }
    }

    private boolean begin(int index) {
        long boundary = cursorBytes / Limits.RESYNC_REQUEST_BYTES + 1;
        long end = Math.min(stopBytes, boundary * Limits.RESYNC_REQUEST_BYTES);
        int length = (int) (end - cursorBytes);
        if (!pace.mayBegin(node.nowNs(), length)) {
            node.effects().deadline(pace.wakeNs());
            return false;
        }
        Payload memory = node.payloads().acquire(length);
        if (memory == null) {
            return false;
        }
        pace.began(node.nowNs(), length);
        Slot slot = slots[index];
        slot.use++;
        slot.offsetBytes = cursorBytes;
        slot.lengthBytes = length;
        slot.payload = memory;
        slot.stage = Stage.WAITING_RANGE;
        cursorBytes = end;
        if (ranges.lock(firstHolder + index, slot.offsetBytes, length)) {
            read(index);
        }
        return true;
    }

    /** The range lock has come to this slot's turn. */
    void onRangeGranted(int holder) {
        int index = holder - firstHolder;
        if (node.state().diskAttached()) {
            read(index);
        } else {
            giveBack(index);
        }
    }

    private void giveBack(int index) {
        ranges.unlock(firstHolder + index);
        dropPayload(slots[index]);
        free(slots[index]);
    }

    private void read(int index) {
        Slot slot = slots[index];
        slot.stage = Stage.READING;
        node.device()
                .read(
                        Tokens.of(Tokens.Owner.VERIFY, index, slot.use),
                        slot.offsetBytes,
                        slot.lengthBytes,
                        payloadOf(slot));
    }

    /** A range has been read: its digests go to the peer. */
    void onDiskDone(long token, IoStatus status) {
        int index = Tokens.slot(token);
        Slot slot = slots[index];
        if (slot.stage == Stage.STALE) {
            dropPayload(slot);
            free(slot);
            return;
        }
        if (status != IoStatus.OK) {
            giveBack(index);
            String where = slot.lengthBytes + " bytes at " + slot.offsetBytes;
            // The disk stays: the next read of a client that meets the spot mends it.
            listener.failed("this node could not read " + where + ": " + status.meaning());
            return;
        }
        ByteBuffer digests = node.control().clear();
        payloadOf(slot).digests(Limits.BLOCK_BYTES, digests);
        dropPayload(slot);
        slot.stage = Stage.SENT;
        long id = (long) index << 32 | (slot.use & 0xFFFFFFFFL);
        digests.flip();
        node.sendControl(FrameType.VERIFY_CHECK, id, slot.offsetBytes, slot.lengthBytes, digests);
    }

    /** The peer has compared a range. */
    void onResult(FrameHeader header) {
        int index = (int) (header.id() >>> 32);
        boolean ours = index >= 0 && index < slots.length;
        Stage stage = ours ? slots[index].stage : Stage.FREE;
        boolean asked = stage == Stage.SENT || stage == Stage.ABANDONED;
        if (!asked || slots[index].use != (int) header.id()) {
            node.protocolError("a verify answer to no question: " + header);
            return;
        }
        answers++;
        Slot slot = slots[index];
        free(slot);
        if (stage == Stage.ABANDONED) {
            return;
        }
        ranges.unlock(firstHolder + index);
        int mask = CheckAnswer.mask(header.argument());
        if ((mask & ~CheckAnswer.whole(slot.lengthBytes)) != 0) {
            node.protocolError("an answer for blocks that were not asked for: " + header);
        } else if (CheckAnswer.status(header.argument()) == IoStatus.OK) {
            listener.compared(slot.offsetBytes, slot.lengthBytes, mask);
        } else {
            listener.failed("the peer could not read its disk");
        }
    }

    /** Nobody wants to know any more; ranges are given up at once. */
    void abandon() {
        for (int i = 0; i < slots.length; i++) {
            Slot slot = slots[i];
            if (!wanted(slot)) {
                continue;
            }
            ranges.unlock(firstHolder + i);
            switch (slot.stage) {
                case READING -> slot.stage = Stage.STALE;
                case SENT -> slot.stage = Stage.ABANDONED;
                default -> {
                    dropPayload(slot);
                    free(slot);
                }
            }
        }
        cursorBytes = stopBytes;
    }

    /** The link is gone: no answer comes any more. */
    void onLinkDown() {
        for (Slot slot : slots) {
            if (slot.stage == Stage.ABANDONED) {
                free(slot);
            }
        }
    }

    private void free(Slot slot) {
        slot.stage = Stage.FREE;
        pace.ended(node.nowNs(), slot.lengthBytes);
    }

    private static void dropPayload(Slot slot) {
        payloadOf(slot).release();
        slot.payload = null;
    }

    private static Payload payloadOf(Slot slot) {
        return Invariant.present(slot.payload, "verify", "a slot that reads has memory");
    }
}
