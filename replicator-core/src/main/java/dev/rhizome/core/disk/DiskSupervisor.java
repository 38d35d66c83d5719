package dev.rhizome.core.disk;

import dev.rhizome.core.Node;
import dev.rhizome.core.role.DiskState;

/**
 * Watches the local disk: one that hangs is given up where another can stand in, one that was let
 * go is released once it owes no answer, and clients do not wait for a new link for ever.
 */
public final class DiskSupervisor {
    private final Node node;
    private final BackingDevice.Owners owners;
    private int released = -1;

    /**
     * @param node what the parts share
     * @param owners who asked for what is under way
     */
    public DiskSupervisor(Node node, BackingDevice.Owners owners) {
        this.node = node;
        this.owners = owners;
    }

    /** All that is under way on a disk that was let go counts as failed. */
    public void giveUp() {
        node.device().giveUp(owners);
    }

    /** Releases a disk that was let go and owes no answer. */
    public void progress() {
        boolean gone = node.state().disk() == DiskState.DISKLESS && released != node.attachments();
        if (gone && node.device().idle() && !node.size().diskBusy()) {
            released = node.attachments();
            node.effects().event("disk-released", "the disk is closed: it may be replaced");
            node.effects().releaseDisk();
        }
    }

    /** Whether another disk may be attached. */
    public boolean released() {
        return released == node.attachments();
    }

    /** Time has passed. */
    public void tick() {
        if (hangsSinceNs() <= node.nowNs() - node.config().diskPolicy().timeoutNs()) {
            node.detach(
                    "disk-timeout",
                    "it has not answered for "
                            + node.config().diskPolicy().timeoutNs() / 1_000_000
                            + " ms");
            giveUp();
        }
        node.endRelinkIfLate();
    }

    /** When {@link #tick} has something to do next; Long.MAX_VALUE if never. */
    public long deadlineNs() {
        long hangs = hangsSinceNs();
        long timeout =
                hangs == Long.MAX_VALUE
                        ? Long.MAX_VALUE
                        : hangs + node.config().diskPolicy().timeoutNs();
        return Math.min(timeout, node.relinkDeadlineNs());
    }

    /** Since when the disk owes an answer for which it may be given up. */
    private long hangsSinceNs() {
        boolean watched = node.config().diskPolicy().timeoutNs() > 0 && canDoWithout();
        return watched ? node.device().oldestSinceNs() : Long.MAX_VALUE;
    }

    /** A disk that was let go already can be given up, too. */
    private boolean canDoWithout() {
        return !node.state().diskAttached()
                || (node.primary() ? node.state().peerUpToDate() : !node.holdsForDisklessPeer());
    }
}
