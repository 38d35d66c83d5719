package dev.rhizome.core.resync;

import dev.rhizome.core.Node;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.DualFlush;
import dev.rhizome.core.role.ReplicationState;

/**
 * Two nodes that the handshake has called equal have the same data; bits that are still set stand
 * for changes that the peer has acknowledged, but may not have flushed when the link was lost. They
 * go once both disks have flushed (INV-06).
 */
public final class Reconciliation {
    private final Node node;
    private final DualFlush dualFlush;
    private long flush = -1;
    private long lossesAtStart;

    /**
     * @param node what the parts share
     * @param dualFlush makes both nodes durable
     */
    public Reconciliation(Node node, DualFlush dualFlush) {
        this.node = node;
        this.dualFlush = dualFlush;
    }

    /** Moves on as far as it can. */
    public void progress() {
        // What a verify has found stays until it is copied, however often both flush.
        boolean established =
                !node.metadata().superblock().has(Flag.VERIFY_FOUND)
                        && node.state().replication() == ReplicationState.ESTABLISHED
                        && node.state().diskUpToDate()
                        && node.state().peerUpToDate();
        if (!established || node.bitmap().setCount() == 0) {
            flush = -1;
            return;
        }
        if (flush < 0) {
            flush = dualFlush.request();
            lossesAtStart = node.peerLosses();
        } else if (dualFlush.over(flush)) {
            if (dualFlush.done(flush) && node.peerLosses() == lossesAtStart) {
                node.bitmap().clear(0, node.bitmap().blocks());
                node.bitmap().requireAll();
                node.effects()
                        .event("reconciled", "both nodes have flushed: no block differs any more");
            }
            flush = -1;
        }
    }
}
