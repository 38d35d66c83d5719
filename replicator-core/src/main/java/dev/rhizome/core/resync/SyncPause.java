package dev.rhizome.core.resync;

import dev.rhizome.core.Node;
import dev.rhizome.core.role.NodeState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameType;

/**
 * Whether resyncs are paused: by an operator of this node, until that is taken back or the process
 * ends, links and resyncs coming and going meanwhile; or by an operator of the peer, as it says
 * over each link. What is under way ends, checkpoints are made, changes are mirrored.
 */
public final class SyncPause {
    private final Node node;
    private boolean byUser;
    private boolean byPeer;

    /**
     * @param node what the parts share
     */
    public SyncPause(Node node) {
        this.node = node;
    }

    /** Whether an operator of this node has paused resyncs. */
    public boolean byUser() {
        return byUser;
    }

    /** Whether an operator of the peer has. */
    public boolean byPeer() {
        return byPeer;
    }

    /** Whose operator has, in DRBD's words. */
    public String label() {
        String user = byUser ? "user" : "no";
        return byPeer ? (byUser ? "user,peer" : "peer") : user;
    }

    /** Whether no further block may begin. */
    public boolean active() {
        return byUser || byPeer;
    }

    /** An operator of this node pauses, or takes that back. */
    public void byUser(boolean paused) {
        byUser = paused;
        tell();
        apply(paused ? "pause-sync" : "resume-sync", "by command");
    }

    /** The peer says whether one of its operators has paused. */
    public void byPeer(boolean paused) {
        byPeer = paused;
        apply(paused ? "pause-sync" : "resume-sync", "by command on the peer");
    }

    /** The nodes have agreed: each tells what the other cannot know. */
    public void onConnected() {
        byPeer = false;
        if (byUser) {
            tell();
        }
    }

    private void tell() {
        if (node.state().connected()) {
            node.send(FrameType.SYNC_PAUSE, 0, byUser ? 1 : 0);
        }
    }

    /** A resync has begun to copy, or what pauses it has changed. */
    void apply(String rule, String reason) {
        NodeState state = node.state();
        if (state.replication().source()) {
            state.replication(
                    active() ? ReplicationState.PAUSED_SYNC_SOURCE : ReplicationState.SYNC_SOURCE,
                    rule,
                    reason);
        } else if (state.replication().target()) {
            state.replication(
                    active() ? ReplicationState.PAUSED_SYNC_TARGET : ReplicationState.SYNC_TARGET,
                    rule,
                    reason);
        }
    }
}
