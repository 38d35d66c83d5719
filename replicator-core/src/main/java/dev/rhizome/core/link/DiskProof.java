package dev.rhizome.core.link;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Node;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/**
 * Before two nodes negotiate, each shows that its disk answers: it reads a block, and writes its
 * superblock once more. Only then does it say that it is ready, and only when both are does the
 * negotiation begin, in which changes are held. So a node that comes back with a disk that hangs
 * holds up nobody: its peer goes on alone until that disk answers.
 *
 * <p>The word is a PING with an argument: it may come before any hello.
 */
public final class DiskProof {
    /** The argument of the PING that says: this node's disk has answered. */
    public static final long READY = 1;

    private enum Phase {
        /** No link, or one that is past this. */
        IDLE,
        READING,
        WRITING,
        /** This node is ready, the peer is not yet. */
        READY
    }

    private final Node node;
    private Phase phase = Phase.IDLE;
    private boolean peerReady;
    private boolean reading;
    private int use;
    private @Nullable Payload payload;
    private long touch;

    /**
     * @param node what the parts share
     */
    public DiskProof(Node node) {
        this.node = node;
    }

    /** Whether a link is up that nothing has been negotiated on yet. */
    public boolean pending() {
        return phase != Phase.IDLE;
    }

    /** A link has come up that may be negotiated on. */
    public void onLinkUp() {
        peerReady = false;
        phase = Phase.READING;
        node.state().connectionReason("linked; this node's disk has not answered yet");
    }

    /** The link is gone. A read that is under way goes on. */
    public void onLinkDown() {
        phase = Phase.IDLE;
    }

    /** The peer says that its disk has answered. */
    public void onPeerReady() {
        peerReady = true;
    }

    /** The read has ended; one that was begun for an earlier link shows as much. */
    public void onDiskDone() {
        reading = false;
        if (payload != null) {
            payload.release();
            payload = null;
        }
        // An error is an answer, too, and what reads it next decides what follows from it.
        if (phase == Phase.READING && node.state().diskAttached()) {
            prove();
        }
    }

    private void prove() {
        phase = Phase.WRITING;
        touch = node.metadata().touch();
    }

    /**
     * Moves on.
     *
     * @return whether both nodes are ready now: it is told once for a link
     */
    public boolean progress() {
        if (phase == Phase.IDLE || node.closing()) {
            return false;
        }
        if (node.state().connection() != ConnectionState.CONNECTING || node.leaving()) {
            node.closeLink("this node has left its peer");
            return false;
        }
        if (!node.state().diskAttached() && phase != Phase.READY) {
            ready();
        }
        if (phase == Phase.READING && !reading) {
            read();
        }
        if (phase == Phase.WRITING && node.metadata().answered(touch)) {
            ready();
        }
        if (phase == Phase.READY && peerReady) {
            phase = Phase.IDLE;
            return true;
        }
        return false;
    }

    private void read() {
        Payload target = node.payloads().acquire(Limits.BLOCK_BYTES);
        if (target == null) {
            // Memory comes back with an input, and then this is asked again.
            return;
        }
        payload = target;
        reading = true;
        use++;
        node.device()
                .read(
                        Tokens.of(Tokens.Owner.DISK_PROOF, 0, use),
                        0,
                        (int) Math.min(Limits.BLOCK_BYTES, node.size().volumeBytes()),
                        target);
    }

    private void ready() {
        phase = Phase.READY;
        node.send(FrameType.PING, 0, READY);
        if (!peerReady) {
            node.state().connectionReason("linked; the peer's disk has not answered yet");
        }
    }

    /** Whether no read is under way. */
    public boolean drained() {
        return !reading;
    }
}
