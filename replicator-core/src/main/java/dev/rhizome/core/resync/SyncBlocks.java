package dev.rhizome.core.resync;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.request.CheckAnswer;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.RangeLock;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that a SyncSource has under way: each under its range lock from the read to the
 * target's answer, so that it never races a mirrored change (INV-13). Goes through the bitmap from
 * the first block to the last; the bits stay set until {@link #copiedBefore} is durable on both.
 */
final class SyncBlocks {

    /** Where a block is. */
    private enum Stage {
        /** The slot is not used. */
        FREE,
        /** Waits for memory, to be read: once more, or as a part that differs. */
        AGAIN,
        /** Waits for its range. */
        WAITING_RANGE,
        /** Being read. */
        READING,
        /** Being read for a link that is gone. */
        STALE,
        /** Its digests are on their way to the target and back. */
        CHECKING,
        /** On its way to the target and back. */
        SENT
    }

    private static final class Slot {
        Stage stage = Stage.FREE;
        long offsetBytes;
        int lengthBytes;
        int use;

        /** When it is tried again; 0 for at once. */
        long againNs;

        /** What the pace has been told of. */
        int pacedBytes;

        boolean checkFirst;
        long sentNs;
        @Nullable Payload payload;
        final Differences differences = new Differences();
    }

    /** How long until a range that cannot be read is tried again. */
    private static final long READ_AGAIN_NS = 5_000_000_000L;

    private final Node node;
    private final RangeLock ranges;
    private final int firstHolder;
    private final Slot[] slots = new Slot[Limits.MAX_RESYNC_IN_FLIGHT];
    private long cursor;
    private long doneBytes;
    private long resyncedBytes;
    private long sameBytes;
    private long sameInAll;
    private long answers;
    private int busySlots;

    SyncBlocks(Node node, RangeLock ranges, int firstHolder) {
        this.node = node;
        this.ranges = ranges;
        this.firstHolder = firstHolder;
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot();
        }
    }

    /** A new resync begins at the first block. */
    void restart() {
        cursor = 0;
        doneBytes = 0;
        sameBytes = 0;
    }

    /** Bytes copied, or found the same, in this resync. */
    long doneBytes() {
        return doneBytes;
    }

    /** Bytes copied in all resyncs. */
    long resyncedBytes() {
        return resyncedBytes;
    }

    /** Bytes found the same in this resync. */
    long sameBytes() {
        return sameBytes;
    }

    /** Bytes found the same in all resyncs. */
    long sameInAll() {
        return sameInAll;
    }

    /** Answers of the target, to blocks and checks. */
    long answers() {
        return answers;
    }

    /** The first block that is not yet copied, of those that are to be. */
    long copiedBefore() {
        long lowest = cursor;
        for (Slot slot : slots) {
            if (slot.stage != Stage.FREE) {
                lowest = Math.min(lowest, slot.offsetBytes / Limits.BLOCK_BYTES);
            }
        }
        return lowest;
    }

    /** Whether all blocks are copied. */
    boolean complete() {
        return busySlots == 0 && exhausted();
    }

    /** Moves the cursor to the next block that is to be copied; whether there is none. */
    private boolean exhausted() {
        Bitmap bitmap = node.bitmap();
        if (cursor < bitmap.blocks()) {
            long next = bitmap.nextSet(cursor);
            cursor = next < 0 ? bitmap.blocks() : next;
        }
        return cursor == bitmap.blocks();
    }

    /** Whether nothing is under way. */
    boolean drained() {
        return busySlots == 0;
    }

    /**
     * Begins as many blocks as slots, memory and the pace allow. Those that were overtaken go first
     * and at once: the target keeps clients waiting for them.
     */
    void fill(boolean paused) {
        for (int i = 0; i < slots.length; i++) {
            if (slots[i].stage != Stage.AGAIN) {
                continue;
            }
            if (slots[i].againNs > node.nowNs()) {
                node.effects().deadline(slots[i].againNs);
            } else if (!resume(i)) {
                return;
            }
        }
        for (int i = 0; i < slots.length && !paused; i++) {
            if (slots[i].stage == Stage.FREE && !begin(i)) {
                return;
            }
        }
    }

    private boolean resume(int index) {
        Payload memory = node.payloads().acquire(slots[index].lengthBytes);
        if (memory == null) {
            return false;
        }
        lock(index, memory);
        return true;
    }

    private boolean begin(int index) {
        Bitmap bitmap = node.bitmap();
        if (exhausted()) {
            return false;
        }
        long first = cursor;
        long most = first + Limits.RESYNC_REQUEST_BYTES / Limits.BLOCK_BYTES;
        long end = bitmap.nextClear(first, Math.min(most, bitmap.blocks()));
        long offset = first * Limits.BLOCK_BYTES;
        long endBytes = Math.min(end * Limits.BLOCK_BYTES, node.size().volumeBytes());
        int length = (int) (endBytes - offset);
        if (!node.pace().mayBegin(node.nowNs(), length)) {
            node.effects().deadline(node.pace().wakeNs());
            return false;
        }
        Payload memory = node.payloads().acquire(length);
        if (memory == null) {
            return false;
        }
        node.pace().began(node.nowNs(), length);
        cursor = end;
        busySlots++;
        slots[index].offsetBytes = offset;
        slots[index].lengthBytes = length;
        slots[index].pacedBytes = length;
        slots[index].checkFirst = node.config().checks().checksums();
        lock(index, memory);
        return true;
    }

    private void lock(int index, Payload memory) {
        Slot slot = slots[index];
        slot.use++;
        slot.againNs = 0;
        slot.payload = memory;
        slot.stage = Stage.WAITING_RANGE;
        if (ranges.lock(firstHolder + index, slot.offsetBytes, slot.lengthBytes)) {
            read(index);
        }
    }

    /** The range lock has come to this slot's turn. */
    void onRangeGranted(int holder) {
        if (node.state().diskAttached()) {
            read(holder - firstHolder);
        } else {
            free(holder - firstHolder);
        }
    }

    private void read(int index) {
        Slot slot = slots[index];
        slot.stage = Stage.READING;
        node.device()
                .read(
                        Tokens.of(Tokens.Owner.SYNC_SOURCE, index, slot.use),
                        slot.offsetBytes,
                        slot.lengthBytes,
                        payloadOf(slot));
    }

    /** A block has been read: off to the target. */
    void onDiskDone(long token, IoStatus status) {
        int index = Tokens.slot(token);
        Slot slot = slots[index];
        if (slot.stage == Stage.STALE) {
            free(index);
            return;
        }
        if (status != IoStatus.OK) {
            onReadError(index, status);
            return;
        }
        if (slot.checkFirst) {
            check(index);
        } else {
            copy(index);
        }
    }

    /** There is no other whole copy to go on with: it is tried again, and nothing is given up. */
    private void onReadError(int index, IoStatus status) {
        if (!node.state().diskAttached()) {
            free(index);
            return;
        }
        Slot slot = slots[index];
        letGo(index);
        slot.againNs = node.nowNs() + READ_AGAIN_NS;
        node.effects()
                .event(
                        "resync-read-error",
                        slot.lengthBytes
                                + " bytes at "
                                + slot.offsetBytes
                                + " cannot be read: "
                                + status.meaning()
                                + "; they are tried again, and the resync does not end without"
                                + " them");
    }

    private long wireId(int index) {
        return (long) index << 32 | (slots[index].use & 0xFFFFFFFFL);
    }

    /** Asks the target which blocks differ; the data is kept, should all do. */
    private void check(int index) {
        Slot slot = slots[index];
        slot.stage = Stage.CHECKING;
        ByteBuffer digests = node.control().clear();
        payloadOf(slot).digests(Limits.BLOCK_BYTES, digests);
        long id = wireId(index);
        digests.flip();
        node.sendControl(FrameType.SYNC_CHECK, id, slot.offsetBytes, slot.lengthBytes, digests);
    }

    private void copy(int index) {
        Slot slot = slots[index];
        Payload payload = payloadOf(slot);
        slot.payload = null;
        slot.stage = Stage.SENT;
        slot.sentNs = node.nowNs();
        long id = wireId(index);
        if (payload.allZero()) {
            payload.release();
            payload = null;
        }
        node.send(
                payload == null ? FrameType.SYNC_ZERO : FrameType.SYNC_WRITE,
                false,
                id,
                slot.offsetBytes,
                slot.lengthBytes,
                0,
                payload);
    }

    /** The slot that waits for this answer; -1, and the link is given up, if none does. */
    private int answered(FrameHeader header, Stage stage) {
        int index = (int) (header.id() >>> 32);
        boolean ours = index >= 0 && index < slots.length && slots[index].stage == stage;
        if (!ours || slots[index].use != (int) header.id()) {
            node.protocolError("a resync answer to no block: " + header);
            return -1;
        }
        answers++;
        return index;
    }

    /** The target has answered for a block. */
    void onAck(FrameHeader header) {
        int index = answered(header, Stage.SENT);
        if (index >= 0) {
            node.pace().peerNews(header.lengthBytes());
            node.pace().answered(node.nowNs() - slots[index].sentNs);
        }
        if (index < 0 || !answeredWell(index, IoStatus.ofCode((int) header.argument()))) {
            return;
        }
        Slot slot = slots[index];
        doneBytes += slot.lengthBytes;
        resyncedBytes += slot.lengthBytes;
        if (slot.differences.any()) {
            ranges.unlock(firstHolder + index);
            copyNext(slot);
        } else {
            free(index);
        }
    }

    /** The target has compared a block with its own. */
    void onChecked(FrameHeader header) {
        int index = answered(header, Stage.CHECKING);
        if (index < 0 || !answeredWell(index, CheckAnswer.status(header.argument()))) {
            return;
        }
        Slot slot = slots[index];
        int whole = CheckAnswer.whole(slot.lengthBytes);
        int mask = CheckAnswer.mask(header.argument());
        if ((mask & ~whole) != 0) {
            node.protocolError("an answer for blocks that were not asked for: " + header);
            return;
        }
        slot.checkFirst = false;
        if (mask == whole) {
            copy(index);
            return;
        }
        long same = slot.lengthBytes - CheckAnswer.bytes(mask, slot.lengthBytes);
        doneBytes += same;
        sameBytes += same;
        sameInAll += same;
        if (mask == 0) {
            free(index);
            return;
        }
        // What is the same stays the same: from here on changes go to both again.
        letGo(index);
        slot.differences.of(slot.offsetBytes, slot.lengthBytes, mask);
        copyNext(slot);
    }

    /** Gives up the range and the memory, to come back later. */
    private void letGo(int index) {
        Slot slot = slots[index];
        if (slot.payload != null) {
            slot.payload.release();
            slot.payload = null;
        }
        ranges.unlock(firstHolder + index);
        slot.stage = Stage.AGAIN;
    }

    private static void copyNext(Slot slot) {
        slot.differences.next();
        slot.offsetBytes = slot.differences.offsetBytes();
        slot.lengthBytes = slot.differences.lengthBytes();
        slot.stage = Stage.AGAIN;
    }

    /** Whether the target has done what was asked; if not, what follows is done. */
    private boolean answeredWell(int index, @Nullable IoStatus status) {
        if (status == IoStatus.OVERTAKEN) {
            // The change is here by now, waiting behind this block: it goes first. The target keeps
            // the range for the block's next copy, so no further check may let it go.
            letGo(index);
            slots[index].checkFirst = false;
            return false;
        }
        if (status != IoStatus.OK) {
            node.state().peerDisk(DiskState.FAILED, "peer-io-error", "the target's disk failed");
            node.onPeerLost();
            node.closeLink("the SyncTarget's disk failed");
            return false;
        }
        return true;
    }

    /** The link is gone: what is being read is thrown away when it comes. */
    void onLinkDown() {
        for (int i = 0; i < slots.length; i++) {
            switch (slots[i].stage) {
                case FREE, STALE -> {}
                case READING -> slots[i].stage = Stage.STALE;
                case AGAIN, WAITING_RANGE, CHECKING, SENT -> free(i);
            }
        }
    }

    private void free(int index) {
        Slot slot = slots[index];
        if (slot.payload != null) {
            slot.payload.release();
            slot.payload = null;
        }
        if (slot.stage != Stage.AGAIN) {
            ranges.unlock(firstHolder + index);
        }
        slot.differences.clear();
        slot.stage = Stage.FREE;
        busySlots--;
        node.pace().ended(node.nowNs(), slot.pacedBytes);
    }

    /** Whether the target owes an answer to a block or a check. */
    boolean awaitsTarget() {
        for (Slot slot : slots) {
            if (slot.stage == Stage.SENT || slot.stage == Stage.CHECKING) {
                return true;
            }
        }
        return false;
    }

    private static Payload payloadOf(Slot slot) {
        return Invariant.present(slot.payload, "resync", "a slot that reads has memory");
    }
}
