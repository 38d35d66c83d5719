package dev.rhizome.core.resync;

import dev.rhizome.core.Node;
import dev.rhizome.core.role.ReplicationState;

/**
 * What a running resync is limited by, as this node knows it.
 *
 * @param limit what keeps it from going faster
 * @param wantedBytesPerSecond the rate that the source allows; 0 if there is no limit
 */
public record SyncView(SyncLimit limit, long wantedBytesPerSecond) {

    /** As of now. */
    public static SyncView of(Node node, SyncTarget target) {
        ReplicationState flow = node.state().replication();
        if (!flow.source() && !flow.target()) {
            return NONE;
        }
        if (node.pause().active()) {
            return new SyncView(
                    node.pause().byUser() ? SyncLimit.PAUSED_BY_USER : SyncLimit.PAUSED_BY_PEER, 0);
        }
        return flow.target()
                ? target.view()
                : new SyncView(node.pace().limit(), node.pace().wantedBytesPerSecond());
    }

    /** No resync, or nothing limits it. */
    public static final SyncView NONE = new SyncView(SyncLimit.NONE, 0);
}
