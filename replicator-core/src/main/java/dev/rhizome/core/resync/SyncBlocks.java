package dev.rhizome.core.resync;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.RangeLock;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
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
        /** Waits for memory, to be read once more. */
        OVERTAKEN,
        /** Waits for its range. */
        WAITING_RANGE,
        /** Being read. */
        READING,
        /** Being read for a link that is gone. */
        STALE,
        /** On its way to the target and back. */
        SENT
    }

    private static final class Slot {
        Stage stage = Stage.FREE;
        long offsetBytes;
        int lengthBytes;
        int use;
        @Nullable Payload payload;
    }

    private final Node node;
    private final RangeLock ranges;
    private final int firstHolder;
    private final Slot[] slots = new Slot[Limits.MAX_RESYNC_IN_FLIGHT];
    private long cursor;
    private long doneBytes;
    private long resyncedBytes;
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
    }

    /** Bytes copied in this resync. */
    long doneBytes() {
        return doneBytes;
    }

    /** Bytes copied in all resyncs. */
    long resyncedBytes() {
        return resyncedBytes;
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

    /** Begins as many blocks as slots and memory allow. */
    void fill() {
        for (int i = 0; i < slots.length; i++) {
            boolean going =
                    switch (slots[i].stage) {
                        case FREE -> begin(i);
                        case OVERTAKEN -> resume(i);
                        default -> true;
                    };
            if (!going) {
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
            return true;
        }
        long first = cursor;
        long most = first + Limits.RESYNC_REQUEST_BYTES / Limits.BLOCK_BYTES;
        long end = bitmap.nextClear(first, Math.min(most, bitmap.blocks()));
        long offset = first * Limits.BLOCK_BYTES;
        long endBytes = Math.min(end * Limits.BLOCK_BYTES, node.volumeBytes());
        int length = (int) (endBytes - offset);
        Payload memory = node.payloads().acquire(length);
        if (memory == null) {
            return false;
        }
        cursor = end;
        busySlots++;
        slots[index].offsetBytes = offset;
        slots[index].lengthBytes = length;
        lock(index, memory);
        return true;
    }

    private void lock(int index, Payload memory) {
        Slot slot = slots[index];
        slot.use++;
        slot.payload = memory;
        slot.stage = Stage.WAITING_RANGE;
        if (ranges.lock(firstHolder + index, slot.offsetBytes, slot.lengthBytes)) {
            read(index);
        }
    }

    /** The range lock has come to this slot's turn. */
    void onRangeGranted(int holder) {
        read(holder - firstHolder);
    }

    private void read(int index) {
        Slot slot = slots[index];
        slot.stage = Stage.READING;
        node.effects()
                .diskRead(
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
            free(index);
            node.detach("resync-read-error", "a resync read failed: " + status.meaning());
            return;
        }
        Payload payload = payloadOf(slot);
        slot.payload = null;
        slot.stage = Stage.SENT;
        long id = (long) index << 32 | (slot.use & 0xFFFFFFFFL);
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

    /** The target has answered for a block. */
    void onAck(FrameHeader header) {
        int index = (int) (header.id() >>> 32);
        boolean ours = index >= 0 && index < slots.length && slots[index].stage == Stage.SENT;
        if (!ours || slots[index].use != (int) header.id()) {
            node.protocolError("a resync answer to no block: " + header);
            return;
        }
        if (header.argument() == IoStatus.OVERTAKEN.code()) {
            // The change is here by now, waiting behind this block: it goes first.
            ranges.unlock(firstHolder + index);
            slots[index].stage = Stage.OVERTAKEN;
            return;
        }
        if (header.argument() != IoStatus.OK.code()) {
            node.state().peerDisk(DiskState.FAILED, "peer-io-error", "the target failed to write");
            node.onPeerLost();
            node.closeLink("the SyncTarget's disk failed");
            return;
        }
        doneBytes += slots[index].lengthBytes;
        resyncedBytes += slots[index].lengthBytes;
        free(index);
    }

    /** The link is gone: what is being read is thrown away when it comes. */
    void onLinkDown() {
        for (int i = 0; i < slots.length; i++) {
            switch (slots[i].stage) {
                case FREE, STALE -> {}
                case READING -> slots[i].stage = Stage.STALE;
                case OVERTAKEN, WAITING_RANGE, SENT -> free(i);
            }
        }
    }

    private void free(int index) {
        Slot slot = slots[index];
        if (slot.payload != null) {
            slot.payload.release();
            slot.payload = null;
        }
        if (slot.stage != Stage.OVERTAKEN) {
            ranges.unlock(firstHolder + index);
        }
        slot.stage = Stage.FREE;
        busySlots--;
    }

    /** Whether the target owes an answer to a block. */
    boolean awaitsTarget() {
        for (Slot slot : slots) {
            if (slot.stage == Stage.SENT) {
                return true;
            }
        }
        return false;
    }

    private static Payload payloadOf(Slot slot) {
        return Invariant.present(slot.payload, "resync", "a slot that reads has memory");
    }
}
