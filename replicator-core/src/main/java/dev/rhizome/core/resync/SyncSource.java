package dev.rhizome.core.resync;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapChunkCodec;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.DualFlush;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.RangeLock;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;

/**
 * The source's side of a resync: puts on record what either node knows to differ, then copies those
 * blocks to the peer. A bit is cleared only when its block is durable on both nodes (INV-06): at
 * checkpoints, so that an interrupted resync goes on where it was, and at the end.
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
        /** The target is asked what it knows to differ. */
        MERGING,
        /** What both know to differ is on its way to the disk. */
        RECORDING,
        /** Blocks are copied. */
        COPYING,
        /** All blocks are there; both nodes flush. */
        FLUSHING,
        /** All blocks are durable; the peer is not on record as left behind any more. */
        CLOSING,
        /** The target takes over the generation. */
        FINISHING
    }

    /** The argument of a SYNC_START for what a verify has found. */
    public static final long REPAIR = 1;

    private final Node node;
    private final DualFlush dualFlush;
    private final SyncBlocks blocks;
    private final SyncReport report;
    private Phase phase = Phase.IDLE;
    private boolean full;
    private boolean repair;
    private long markSequence;
    private long mergedTo;
    private long totalBytes;
    private long checkpointed;
    private long checkpointTo;
    private long checkpointFlush;
    private long nextCheckpointBytes;

    /**
     * @param node what the parts share
     * @param ranges shared with the client requests
     * @param firstHolder the range lock's holder number of the first resync slot
     * @param dualFlush makes both nodes durable
     */
    public SyncSource(Node node, RangeLock ranges, int firstHolder, DualFlush dualFlush) {
        this.node = node;
        this.dualFlush = dualFlush;
        blocks = new SyncBlocks(node, ranges, firstHolder);
        report = new SyncReport(node);
    }

    /** Bytes to copy in the running resync. */
    public long totalBytes() {
        return totalBytes;
    }

    /** Bytes copied in the running resync. */
    public long doneBytes() {
        return blocks.doneBytes();
    }

    /** The first block that is not copied yet, of those that are to be; 0 before copying begins. */
    public long positionBlocks() {
        boolean copying = phase.ordinal() >= Phase.COPYING.ordinal();
        return copying ? blocks.copiedBefore() : 0;
    }

    /** Bytes copied in all resyncs. */
    public long resyncedBytes() {
        return blocks.resyncedBytes();
    }

    /** Bytes found the same in the running resync: they need not be copied. */
    public long sameBytes() {
        return blocks.sameBytes();
    }

    /** Bytes found the same in all resyncs. */
    public long sameInAll() {
        return blocks.sameInAll();
    }

    /** Answers of the target, to blocks and checks. */
    public long answers() {
        return blocks.answers();
    }

    /** A number that changes with every bit of progress. */
    public long progressMark() {
        return blocks.doneBytes() + mergedTo + phase.ordinal();
    }

    /**
     * Begins; the connection is CONNECTED.
     *
     * @param whole whether all blocks count as different, whatever the bitmaps say
     */
    public void start(String rule, String reason, boolean whole) {
        if (whole) {
            // An old disk of the peer, put back later, must not be taken for what is copied now.
            node.cover().demand();
        }
        begin(rule, reason, whole);
    }

    /**
     * Copies all to a peer that has the same generation, because an operator does not trust its
     * data. Should the peer not hear of it, nothing has happened to either's data: so the
     * generation stays, and neither takes the other for one that went on alone.
     */
    public void startAgain(String rule, String reason) {
        begin(rule, reason, true);
    }

    private void begin(String rule, String reason, boolean whole) {
        node.state().replication(ReplicationState.STARTING_SYNC_SOURCE, rule, reason);
        full = whole;
        repair = false;
        if (full) {
            // Before the generation by which an interrupted copy would go on from the bitmap.
            node.bitmap().setAll();
            node.bitmap().requireAll();
        }
        long fresh = node.metadata().freshGeneration();
        markSequence =
                node.metadata().update(node.metadata().generations().markSyncSource(fresh, full));
        phase = Phase.MARKING;
        mergedTo = 0;
        totalBytes = 0;
        blocks.restart();
    }

    /**
     * Begins to copy what a verify has found; both nodes are UpToDate and connected, and the peer
     * is not Primary.
     */
    public void repair(String rule, String reason) {
        start(rule, reason, false);
        repair = true;
    }

    /** Whether a repair is about to be announced to the peer. */
    public boolean announcesRepair() {
        return repair && phase == Phase.MARKING;
    }

    /** The peer begins a copy that was agreed on: a repair of this node's is given up for it. */
    public void yieldRepair() {
        if (repair && (phase == Phase.MARKING || phase == Phase.STARTED)) {
            phase = Phase.IDLE;
        }
    }

    /**
     * The peer begins a repair. A copy that was agreed on goes before it. Should this node have
     * begun a repair at the same time, the names decide whose goes on, the same on both nodes.
     *
     * @return whether this node's does; else it is given up here
     */
    public boolean outranksPeersRepair() {
        boolean begun = phase == Phase.MARKING || phase == Phase.STARTED;
        if (begun && repair && !node.config().winsTies()) {
            phase = Phase.IDLE;
            return false;
        }
        return begun;
    }

    /** The target is durably Inconsistent (INV-14). */
    public void onReady() {
        if (phase != Phase.STARTED) {
            node.protocolError("SYNC_READY without a SYNC_START");
            return;
        }
        node.cover().peerIsBehind();
        node.state().peerDisk(DiskState.INCONSISTENT, "sync-ready", "the target awaits its blocks");
        phase = Phase.MERGING;
        if (full) {
            record();
        } else {
            askForBitmap();
        }
    }

    private void askForBitmap() {
        node.send(FrameType.SYNC_BITMAP_REQUEST, 0, mergedTo);
    }

    /** A part of what the target knows to differ. */
    public void onBitmap(ByteBuffer body) {
        if (phase != Phase.MERGING) {
            node.protocolError("SYNC_BITMAP out of place");
            return;
        }
        long end = BitmapChunkCodec.addTo(node.bitmap(), body, mergedTo);
        if (end < 0) {
            node.protocolError("a part of a bitmap that is none");
            return;
        }
        mergedTo = end;
        if (mergedTo == node.bitmap().blocks()) {
            record();
        } else {
            askForBitmap();
        }
    }

    /** The target may forget what it knows only when it is on record here (INV-06). */
    private void record() {
        phase = Phase.RECORDING;
        node.bitmap().requireAll();
    }

    /** Moves on as far as slots, memory and ranges allow. */
    public void progress() {
        if (node.closing()) {
            return;
        }
        switch (phase) {
            case MARKING -> announce();
            case RECORDING -> copyWhenRecorded();
            case COPYING -> copy();
            case FLUSHING -> closeWhenFlushed();
            case CLOSING -> finishWhenClosed();
            case IDLE, STARTED, MERGING, FINISHING -> {}
        }
    }

    private void announce() {
        boolean recorded = !node.bitmap().requirementsPending();
        if (recorded && node.metadata().durable(markSequence)) {
            phase = Phase.STARTED;
            Generations generations = node.metadata().generations();
            node.sendControl(
                    FrameType.SYNC_START,
                    0,
                    repair ? REPAIR : 0,
                    HelloCodec.encodeGenerations(generations, node.control()));
        }
    }

    private void copyWhenRecorded() {
        if (node.bitmap().requirementsPending() || !node.metadata().usable()) {
            return;
        }
        phase = Phase.COPYING;
        node.pace().restart(node.nowNs());
        report.restart();
        totalBytes = node.bitmap().setCount() * Limits.BLOCK_BYTES;
        checkpointed = 0;
        checkpointTo = -1;
        nextCheckpointBytes = node.config().tuning().checkpointBytes();
        node.send(FrameType.SYNC_RECORDED, 0, totalBytes);
        node.state()
                .replication(
                        ReplicationState.SYNC_SOURCE,
                        "sync-recorded",
                        "copying " + totalBytes + " bytes to the peer");
        node.pause().apply("pause-sync", "paused before");
    }

    private void copy() {
        blocks.fill(node.pause().active());
        report.progress();
        checkpoint();
        if (blocks.complete() && checkpointTo < 0) {
            phase = Phase.FLUSHING;
            checkpointFlush = dualFlush.request();
        }
    }

    /** What was copied before both nodes have flushed counts as in sync from then on. */
    private void checkpoint() {
        if (checkpointTo >= 0 && dualFlush.over(checkpointFlush)) {
            if (dualFlush.done(checkpointFlush)) {
                node.bitmap().clear(checkpointed, checkpointTo - checkpointed);
                node.bitmap().requireAll();
                checkpointed = checkpointTo;
            }
            checkpointTo = -1;
        }
        if (checkpointTo < 0 && blocks.doneBytes() >= nextCheckpointBytes && !blocks.complete()) {
            nextCheckpointBytes = blocks.doneBytes() + node.config().tuning().checkpointBytes();
            checkpointTo = blocks.copiedBefore();
            checkpointFlush = dualFlush.request();
        }
    }

    private void closeWhenFlushed() {
        if (!dualFlush.over(checkpointFlush)) {
            return;
        }
        if (!dualFlush.done(checkpointFlush)) {
            checkpointFlush = dualFlush.request();
            return;
        }
        close();
    }

    /**
     * As soon as the target may call itself UpToDate, it may go on alone. So before that this
     * node's own record, by which it would call itself UpToDate after a restart, must be gone
     * (INV-05). The bitmap generation stays, and with it the bits, until the target has answered:
     * should the answer be lost, the target's history tells that it had come so far.
     */
    private void close() {
        phase = Phase.CLOSING;
        markSequence =
                node.metadata()
                        .update(
                                node.metadata()
                                        .superblock()
                                        .with(Flag.PEER_OUTDATED, false)
                                        .with(Flag.FORCED, false)
                                        .with(Flag.PROMOTED_ALONE, false)
                                        .with(Flag.CRASHED, false)
                                        .with(Flag.CRASHED_PRIMARY, false)
                                        .with(Flag.VERIFY_FOUND, false));
    }

    /** From here on the target may call itself UpToDate, whether or not we hear of it. */
    private void finishWhenClosed() {
        if (!node.metadata().durable(markSequence)) {
            return;
        }
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
        Bitmap bitmap = node.bitmap();
        bitmap.clear(0, bitmap.blocks());
        bitmap.requireAll();
        node.metadata().update(node.metadata().generations().peerHasCurrent());
        node.peerGeneration(node.metadata().generations().current());
        node.state().peerDisk(DiskState.UP_TO_DATE, "sync-done", "the resync is complete");
        node.state()
                .replication(
                        ReplicationState.ESTABLISHED,
                        "sync-done",
                        "resync complete, "
                                + blocks.doneBytes()
                                + " bytes, of which "
                                + blocks.sameBytes()
                                + " were the same already");
    }

    /** The range lock has come to a block's turn. */
    public void onRangeGranted(int holder) {
        blocks.onRangeGranted(holder);
    }

    /** A block has been read. */
    public void onDiskDone(long token, IoStatus status) {
        blocks.onDiskDone(token, status);
    }

    /** The target has answered for a block. */
    public void onAck(FrameHeader header) {
        blocks.onAck(header);
    }

    /** The target has compared a block with its own. */
    public void onChecked(FrameHeader header) {
        blocks.onChecked(header);
    }

    /** The link is gone. */
    public void onLinkDown() {
        phase = Phase.IDLE;
        blocks.onLinkDown();
    }

    /** Whether the target owes an answer: to a block, or to the end of the resync. */
    public boolean awaitsTarget() {
        return phase == Phase.FINISHING || blocks.awaitsTarget();
    }

    /** Whether no read of an earlier resync is under way. */
    public boolean drained() {
        return phase != Phase.IDLE || blocks.drained();
    }
}
