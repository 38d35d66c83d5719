package dev.rhizome.core.resync;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.RangeLock;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import org.jspecify.annotations.Nullable;

/**
 * The source's side of a resync: copies the volume to the peer, range by range, each under its
 * range lock from the read to the target's answer, so that it never races a mirrored write
 * (INV-13).
 */
public final class SyncSource {

    /** Where the resync is. */
    private enum Phase {
        /** No resync. */
        IDLE,
        /** The generation that marks the target is on its way to the disk. */
        MARKING,
        /** The target has been told; it makes itself Inconsistent. */
        STARTED,
        /** Blocks are copied. */
        COPYING,
        /** All blocks are there; the peer is not on record as left behind any more. */
        CLOSING,
        /** All blocks are there; the target makes them durable and takes over the generation. */
        FINISHING
    }

    private static final class Slot {
        boolean busy;
        boolean locked;
        boolean stale;
        long offsetBytes;
        int lengthBytes;
        int use;
        @Nullable Payload payload;
    }

    private final Node node;
    private final RangeLock ranges;
    private final int firstHolder;
    private final Slot[] slots = new Slot[Limits.MAX_RESYNC_IN_FLIGHT];
    private Phase phase = Phase.IDLE;
    private long markSequence;
    private long cursorBytes;
    private long doneBytes;
    private long resyncedBytes;
    private int busySlots;

    /**
     * @param node what the parts share
     * @param ranges shared with the client requests
     * @param firstHolder the range lock's holder number of the first resync slot
     */
    public SyncSource(Node node, RangeLock ranges, int firstHolder) {
        this.node = node;
        this.ranges = ranges;
        this.firstHolder = firstHolder;
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot();
        }
    }

    /** Bytes copied in the running resync. */
    public long doneBytes() {
        return doneBytes;
    }

    /** Bytes copied in all resyncs. */
    public long resyncedBytes() {
        return resyncedBytes;
    }

    /** Begins; the connection is CONNECTED. */
    public void start(String rule, String reason) {
        node.state().replication(ReplicationState.STARTING_SYNC_SOURCE, rule, reason);
        long fresh = node.metadata().freshGeneration();
        markSequence = node.metadata().update(node.metadata().generations().markSyncSource(fresh));
        phase = Phase.MARKING;
        cursorBytes = 0;
        doneBytes = 0;
    }

    /** The target is durably Inconsistent (INV-14). */
    public void onReady() {
        if (phase != Phase.STARTED) {
            node.protocolError("SYNC_READY without a SYNC_START");
            return;
        }
        phase = Phase.COPYING;
        node.cover().peerIsBehind();
        node.state().peerDisk(DiskState.INCONSISTENT, "sync-ready", "the target awaits its blocks");
        node.state()
                .replication(
                        ReplicationState.SYNC_SOURCE,
                        "sync-ready",
                        "copying " + node.config().volumeBytes() + " bytes to the peer");
    }

    /** Moves on as far as slots, memory and ranges allow. */
    public void progress() {
        if (node.closing()) {
            return;
        }
        if (phase == Phase.MARKING && node.metadata().durable(markSequence)) {
            phase = Phase.STARTED;
            Generations generations = node.metadata().generations();
            node.sendControl(
                    FrameType.SYNC_START,
                    0,
                    node.config().volumeBytes(),
                    HelloCodec.encodeGenerations(generations, node.control()));
        }
        if (phase == Phase.COPYING) {
            fill();
            if (cursorBytes == node.config().volumeBytes() && busySlots == 0) {
                close();
            }
        }
        if (phase == Phase.CLOSING && node.metadata().durable(markSequence)) {
            finish();
        }
    }

    /**
     * As soon as the target may call itself UpToDate, it may go on alone. So before that this
     * node's own record, by which it would call itself UpToDate after a restart, must be gone
     * (INV-05). The target is still known: its generation is in the history.
     */
    private void close() {
        phase = Phase.CLOSING;
        markSequence =
                node.metadata()
                        .update(
                                node.metadata()
                                        .superblock()
                                        .with(node.metadata().generations().peerHasCurrent())
                                        .with(Flag.PEER_OUTDATED, false)
                                        .with(Flag.FORCED, false)
                                        .with(Flag.PROMOTED_ALONE, false)
                                        .with(Flag.CRASHED, false)
                                        .with(Flag.CRASHED_PRIMARY, false));
    }

    private void fill() {
        for (int i = 0; i < slots.length && cursorBytes < node.config().volumeBytes(); i++) {
            if (slots[i].busy) {
                continue;
            }
            long left = node.config().volumeBytes() - cursorBytes;
            int length = (int) Math.min(Limits.RESYNC_REQUEST_BYTES, left);
            Payload memory = node.payloads().acquire(length);
            if (memory == null) {
                return;
            }
            begin(i, length, memory);
        }
    }

    private void begin(int index, int length, Payload memory) {
        Slot slot = slots[index];
        slot.busy = true;
        slot.stale = false;
        slot.use++;
        slot.offsetBytes = cursorBytes;
        slot.lengthBytes = length;
        slot.payload = memory;
        busySlots++;
        cursorBytes += length;
        slot.locked = ranges.lock(firstHolder + index, slot.offsetBytes, length);
        if (slot.locked) {
            read(index);
        }
    }

    /** The range lock has come to this slot's turn. */
    public void onRangeGranted(int holder) {
        Slot slot = slots[holder - firstHolder];
        slot.locked = true;
        read(holder - firstHolder);
    }

    private void read(int index) {
        Slot slot = slots[index];
        node.effects()
                .diskRead(
                        Tokens.of(Tokens.Owner.SYNC_SOURCE, index, slot.use),
                        slot.offsetBytes,
                        slot.lengthBytes,
                        payloadOf(slot));
    }

    /** A block has been read: off to the target. */
    public void onDiskDone(long token, IoStatus status) {
        int index = Tokens.slot(token);
        Slot slot = slots[index];
        if (slot.stale) {
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

    /** The target has written a block. */
    public void onAck(FrameHeader header) {
        int index = (int) (header.id() >>> 32);
        boolean ours = index >= 0 && index < slots.length && slots[index].busy;
        if (!ours
                || slots[index].payload != null
                || slots[index].stale
                || slots[index].use != (int) header.id()) {
            node.protocolError("a resync answer to no block: " + header);
            return;
        }
        if (header.argument() != IoStatus.OK.code()) {
            node.state().peerDisk(DiskState.FAILED, "peer-io-error", "the target failed to write");
            node.closeLink("the SyncTarget's disk failed");
            return;
        }
        doneBytes += slots[index].lengthBytes;
        resyncedBytes += slots[index].lengthBytes;
        free(index);
    }

    /** From here on the target may call itself UpToDate, whether or not we hear of it. */
    private void finish() {
        phase = Phase.FINISHING;
        node.cover().peerMayHaveCurrent();
        node.sendControl(
                FrameType.SYNC_FINISH,
                0,
                0,
                HelloCodec.encodeGenerations(node.metadata().generations(), node.control()));
    }

    /** The target is UpToDate, durably. */
    public void onDone() {
        if (phase != Phase.FINISHING) {
            node.protocolError("SYNC_DONE without a SYNC_FINISH");
            return;
        }
        phase = Phase.IDLE;
        node.peerGeneration(node.metadata().generations().current());
        node.state().peerDisk(DiskState.UP_TO_DATE, "sync-done", "the resync is complete");
        node.state()
                .replication(
                        ReplicationState.ESTABLISHED,
                        "sync-done",
                        "resync complete, " + doneBytes + " bytes copied");
    }

    /** The link is gone: what is being read is thrown away when it comes. */
    public void onLinkDown() {
        phase = Phase.IDLE;
        for (int i = 0; i < slots.length; i++) {
            Slot slot = slots[i];
            boolean reading = slot.busy && slot.locked && slot.payload != null;
            if (reading) {
                slot.stale = true;
            } else if (slot.busy) {
                free(i);
            }
        }
    }

    private void free(int index) {
        Slot slot = slots[index];
        if (slot.payload != null) {
            slot.payload.release();
            slot.payload = null;
        }
        slot.busy = false;
        slot.locked = false;
        slot.stale = false;
        busySlots--;
        ranges.unlock(firstHolder + index);
    }

    /** Whether the target owes an answer: to a block, or to the end of the resync. */
    public boolean awaitsTarget() {
        if (phase == Phase.FINISHING) {
            return true;
        }
        for (Slot slot : slots) {
            if (slot.busy && !slot.stale && slot.payload == null) {
                return true;
            }
        }
        return false;
    }

    /** Whether no read of an earlier resync is under way. */
    public boolean drained() {
        return phase != Phase.IDLE || busySlots == 0;
    }

    private static Payload payloadOf(Slot slot) {
        return Invariant.present(slot.payload, "resync", "a slot that reads has memory");
    }
}
