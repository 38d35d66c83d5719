package dev.rhizome.core.request;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.disk.IoErrorRule;
import dev.rhizome.core.wire.FrameType;

/**
 * Flushes both disks for the engine's own sake: to give up extents of the activity log, to let a
 * resync count as done what it has copied, or because acknowledged changes have stayed unflushed
 * for long. One runs at a time; whoever asks gets the number of the flush that will cover it.
 */
public final class DualFlush {
    /** The id on the wire, beside those of the client requests' slots. */
    static final long WIRE_SLOT = Limits.MAX_CLIENT_REQUESTS;

    private final Node node;
    private final PeerDurability peerDurability;
    private long wanted;
    private long started;
    private long succeededUpTo;
    private boolean running;
    private boolean localPending;
    private boolean peerPending;
    private boolean local;
    private boolean both;
    private boolean counts;
    private int attachment;
    private long mark;
    private long lossesAtStart;
    private long peerDeadlineNs = Long.MAX_VALUE;
    private long unflushedSinceNs = -1;
    private long cooledNs;

    DualFlush(Node node, PeerDurability peerDurability) {
        this.node = node;
        this.peerDurability = peerDurability;
    }

    /**
     * Asks for a flush that begins after now; its number is for {@link #done} and {@link #over}.
     */
    public long request() {
        wanted = started + 1;
        return wanted;
    }

    /**
     * Whether this flush has made durable, on both disks, all that was over when it was asked for.
     */
    public boolean done(long number) {
        return succeededUpTo >= number;
    }

    /** Whether this flush has ended, well or not. */
    public boolean over(long number) {
        return started > number || (started == number && !running);
    }

    /** Whether none is under way or wanted. */
    public boolean idle() {
        return !running && wanted <= started;
    }

    /** Whether none of its I/O is under way on the local disk (INV-13). */
    public boolean drained() {
        return !localPending;
    }

    /** When the peer is late with its flush; Long.MAX_VALUE if none is due. */
    long peerDeadlineNs() {
        return peerPending ? peerDeadlineNs : Long.MAX_VALUE;
    }

    /** Starts what is wanted. */
    public void progress() {
        boolean wantedByLog = node.log().needsFlush() && !running;
        if (wantedByLog) {
            request();
        }
        boolean possible =
                node.state().diskAttached() && !node.state().inTransition() && !node.isEnding();
        if (running || wanted <= started || !possible) {
            return;
        }
        started = wanted;
        running = true;
        counts = node.log().flushBegins();
        attachment = node.attachments();
        lossesAtStart = node.peerLosses();
        both = node.state().mirroring();
        local = true;
        localPending = true;
        node.device().flush(Tokens.of(Tokens.Owner.DUAL_FLUSH, 0, (int) started));
        if (both) {
            peerPending = true;
            mark = peerDurability.mark();
            peerDeadlineNs = node.nowNs() + node.config().requestTimeoutNs();
            node.send(FrameType.FLUSH, false, wireId(), 0, 0, 0, null);
        }
    }

    private long wireId() {
        return WIRE_SLOT << 32 | (started & 0xFFFFFFFFL);
    }

    /** Whether a reply with this id is meant for this. */
    boolean owns(long id) {
        return peerPending && id == wireId();
    }

    /** The local disk has flushed, or failed to. */
    public void onDiskDone(IoStatus status) {
        localPending = false;
        if (status != IoStatus.OK) {
            local = false;
            node.diskFailed(IoErrorRule.UNTRUSTED, "a flush failed: " + status.meaning());
        }
        endIfOver();
    }

    void onPeerReply(IoStatus status) {
        peerPending = false;
        if (status == IoStatus.OK) {
            peerDurability.onFlushed(mark);
        } else {
            both = false;
            node.onPeerLost();
        }
        endIfOver();
    }

    void onLinkDown() {
        if (peerPending) {
            peerPending = false;
            both = false;
            endIfOver();
        }
    }

    private void endIfOver() {
        if (!running || localPending || peerPending) {
            return;
        }
        running = false;
        if (counts && attachment == node.attachments()) {
            // If the peer was lost meanwhile, what it may lose is marked in the bitmap already.
            node.log().flushEnded(local);
        }
        if (local && both && node.peerLosses() == lossesAtStart) {
            succeededUpTo = started;
        }
    }

    /** Time has passed: what has stayed unflushed for long is flushed, what is idle cools. */
    void tick() {
        if (node.nowNs() - cooledNs >= node.config().tuning().coolAfterNs()) {
            cooledNs = node.nowNs();
            if (node.state().diskAttached()) {
                node.log().cool();
            }
        }
        if (!node.log().anyUnflushed()) {
            unflushedSinceNs = -1;
        } else if (unflushedSinceNs < 0) {
            unflushedSinceNs = node.nowNs();
        } else if (node.nowNs() - unflushedSinceNs >= node.config().tuning().flushAfterNs()
                && !running) {
            unflushedSinceNs = -1;
            request();
        }
    }
}
