package dev.rhizome.core.link;

import dev.rhizome.core.Node;
import dev.rhizome.core.wire.FrameType;

/**
 * Notices a peer that has fallen silent: any frame counts as life, a ping asks for one. A silent
 * peer costs at most the ping time-out plus one round of the timer.
 */
public final class LinkMonitor {
    private static final int PINGS_PER_TIMEOUT = 4;

    private final Node node;
    private boolean up;
    private long lastHeardNs;
    private long nextPingNs;

    /**
     * @param node what the parts share
     */
    public LinkMonitor(Node node) {
        this.node = node;
    }

    /** Whether there is a link. */
    public boolean up() {
        return up;
    }

    /** A link has come up. */
    public void onLinkUp() {
        up = true;
        lastHeardNs = node.nowNs();
        nextPingNs = node.nowNs() + pingIntervalNs();
    }

    /** The link is gone. */
    public void onLinkDown() {
        up = false;
    }

    /** Any frame has come in. */
    public void onFrame() {
        lastHeardNs = node.nowNs();
    }

    /** Time has passed. */
    public void tick() {
        if (!up || node.closing()) {
            return;
        }
        long silentNs = node.nowNs() - lastHeardNs;
        if (silentNs >= node.config().pingTimeoutNs()) {
            String reason = "the peer was silent for " + silentNs / 1_000_000 + " ms";
            node.effects().event("peer-silent", reason);
            node.closeLink(reason);
            nextPingNs = node.nowNs() + pingIntervalNs();
            return;
        }
        if (node.nowNs() >= nextPingNs) {
            nextPingNs = node.nowNs() + pingIntervalNs();
            if (silentNs >= pingIntervalNs() / 2) {
                node.send(FrameType.PING, 0, 0);
            }
        }
    }

    /** When {@link #tick} has something to do next; Long.MAX_VALUE if never. */
    public long deadlineNs() {
        return up
                ? Math.min(nextPingNs, lastHeardNs + node.config().pingTimeoutNs())
                : Long.MAX_VALUE;
    }

    private long pingIntervalNs() {
        return node.config().pingTimeoutNs() / PINGS_PER_TIMEOUT;
    }
}
