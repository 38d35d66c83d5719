package dev.rhizome.core.resync;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.bitmap.BitmapChunkCodec;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.PeerRequests;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The target's side of a resync. INV-14: it is durably Inconsistent before the first block arrives
 * and until the last is durable.
 */
public final class SyncTarget {

    /** Where the resync is. */
    private enum Phase {
        /** No resync. */
        IDLE,
        /** Being marked Inconsistent. */
        MARKING,
        /** Taking blocks. */
        RECEIVING,
        /** Making the blocks durable. */
        FLUSHING,
        /** Being marked UpToDate with the source's generation. */
        ADOPTING
    }

    private final Node node;
    private final PeerRequests peerRequests;
    private Phase phase = Phase.IDLE;
    private long sequence;
    private long totalBytes;
    private boolean recorded;
    private long askedTo;
    private int use;
    private boolean flushUnderWay;
    private SyncView view = SyncView.NONE;
    private @Nullable Generations sourceGenerations;

    /**
     * @param node what the parts share
     * @param peerRequests counts the blocks
     */
    public SyncTarget(Node node, PeerRequests peerRequests) {
        this.node = node;
        this.peerRequests = peerRequests;
    }

    /** What there is to copy in the running resync. */
    public long totalBytes() {
        return totalBytes;
    }

    /** A number that changes with every bit of progress before the first block. */
    public long progressMark() {
        return askedTo;
    }

    /**
     * The peer is the source. May come unasked when this node has no whole data, or for what a
     * verify has found to differ.
     *
     * @param repair whether it is for the latter
     */
    public void onStart(ByteBuffer body, boolean repair) {
        if (!node.state().diskAttached()) {
            node.closeLink("this node's disk has failed");
            return;
        }
        Generations source = HelloCodec.decodeGenerations(body);
        boolean expected =
                node.state().replication() == ReplicationState.STARTING_SYNC_TARGET
                        || (node.state().replication() == ReplicationState.ESTABLISHED
                                && (node.state().disk() == DiskState.INCONSISTENT || repair)
                                && !node.primary())
                        || (node.state().replication() == ReplicationState.STARTING_SYNC_SOURCE
                                && repair);
        if (source == null || source.bitmap() == Generations.NONE || !expected) {
            node.protocolError("SYNC_START out of place");
            return;
        }
        node.state()
                .replication(
                        ReplicationState.STARTING_SYNC_TARGET, "sync-start", "the peer is source");
        if (node.state().diskUpToDate()) {
            String reason =
                    repair
                            ? "a verify has found differences"
                            : "this node's data is given up for the peer's";
            node.state().disk(DiskState.OUTDATED, "sync-start", reason);
        }
        node.state().disk(DiskState.INCONSISTENT, "sync-start", "blocks of the peer will arrive");
        // What a Primary among the targets shows its clients from now on.
        node.peerGeneration(source.current());
        totalBytes = 0;
        askedTo = 0;
        peerRequests.resetSyncBytes();
        Superblock marked =
                node.metadata()
                        .superblock()
                        .with(Flag.CONSISTENT, false)
                        .with(Flag.WAS_UP_TO_DATE, false)
                        .with(Flag.PEER_OUTDATED, false)
                        .with(Generations.syncTarget(source.bitmap()));
        sequence = node.metadata().update(marked);
        phase = Phase.MARKING;
    }

    /** The source asks which blocks this node knows to differ. */
    public void onBitmapRequest(long from) {
        boolean inside = from >= 0 && from < node.bitmap().blocks() && (from & 63) == 0;
        if (phase != Phase.RECEIVING || recorded || !inside) {
            node.protocolError("SYNC_BITMAP_REQUEST out of place");
            return;
        }
        askedTo = from;
        node.sendControl(
                FrameType.SYNC_BITMAP,
                0,
                0,
                BitmapChunkCodec.encode(
                        node.bitmap(), from, node.control(), Limits.MAX_CONTROL_BODY_BYTES));
    }

    /** What this node knows to differ is on record at the source: it need not know it any more. */
    public void onRecorded(long total) {
        if (phase != Phase.RECEIVING || recorded || total < 0) {
            node.protocolError("SYNC_RECORDED out of place");
            return;
        }
        recorded = true;
        view = SyncView.NONE;
        node.pace().restart(node.nowNs());
        totalBytes = total;
        node.state()
                .replication(
                        ReplicationState.SYNC_TARGET,
                        "sync-recorded",
                        "taking " + total + " bytes from the peer");
        node.pause().apply("pause-sync", "paused before");
        node.bitmap().clear(0, node.bitmap().blocks());
        node.bitmap().requireAll();
    }

    /** The source says what limits it. */
    public void onLimit(long code, long wanted) {
        SyncLimit limit = SyncLimit.ofCode(code);
        if (!recorded || limit == null || wanted < 0) {
            node.protocolError("SYNC_LIMIT out of place");
            return;
        }
        view = new SyncView(limit, wanted);
    }

    /** What limits the resync, as the source last said. */
    public SyncView view() {
        return view;
    }

    /** All blocks have been sent, and answered by us. */
    public void onFinish(ByteBuffer body) {
        sourceGenerations = HelloCodec.decodeGenerations(body);
        if (phase != Phase.RECEIVING || !recorded || sourceGenerations == null) {
            node.protocolError("SYNC_FINISH out of place");
            return;
        }
        phase = Phase.FLUSHING;
        use++;
        flushUnderWay = true;
        node.device().flush(Tokens.of(Tokens.Owner.SYNC_TARGET, 0, use));
    }

    /** The flush has ended. */
    public void onDiskDone(long token, IoStatus status) {
        flushUnderWay = false;
        if (status != IoStatus.OK) {
            node.detach("resync-flush-error", "the flush after a resync failed");
            return;
        }
        Generations source = sourceGenerations;
        if (phase != Phase.FLUSHING || use != Tokens.use(token) || source == null) {
            return;
        }
        Superblock adopted =
                node.metadata()
                        .superblock()
                        .with(Flag.CONSISTENT, true)
                        .with(Flag.WAS_UP_TO_DATE, true)
                        .with(Flag.CRASHED, false)
                        .with(Flag.CRASHED_PRIMARY, false)
                        .with(Flag.FORCED, false)
                        .with(Flag.PROMOTED_ALONE, false)
                        .with(Flag.VERIFY_FOUND, false)
                        .with(Generations.adopted(source));
        sequence = node.metadata().update(adopted);
        phase = Phase.ADOPTING;
    }

    /** Whether no flush of an earlier resync is under way. */
    public boolean drained() {
        return !flushUnderWay;
    }

    /** Moves on when the metadata is durable. */
    public void progress() {
        if (!node.state().diskAttached()) {
            phase = Phase.IDLE;
        }
        boolean marked = phase == Phase.MARKING || phase == Phase.ADOPTING;
        if (!marked || !node.metadata().durable(sequence)) {
            return;
        }
        if (phase == Phase.MARKING) {
            phase = Phase.RECEIVING;
            recorded = false;
            node.discardMyData(false);
            node.send(FrameType.SYNC_READY, 0, 0);
            return;
        }
        phase = Phase.IDLE;
        node.cover().peerMayHaveCurrent();
        node.peerGeneration(node.metadata().generations().current());
        node.state().disk(DiskState.UP_TO_DATE, "sync-done", "the resync is complete");
        if (node.state().replication().target()) {
            node.state().peerDisk(DiskState.UP_TO_DATE, "sync-done", "the peer was the source");
            node.state().replication(ReplicationState.ESTABLISHED, "sync-done", "resync complete");
            node.send(FrameType.SYNC_DONE, 0, 0);
        }
        node.effects().callHandler(Handler.AFTER_RESYNC_TARGET);
    }

    /** The link is gone. An adoption that is on its way to the disk goes on. */
    public void onLinkDown() {
        if (phase != Phase.ADOPTING) {
            phase = Phase.IDLE;
        }
    }
}
