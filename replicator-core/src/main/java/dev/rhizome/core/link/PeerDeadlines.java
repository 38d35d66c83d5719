package dev.rhizome.core.link;

import dev.rhizome.core.Node;
import dev.rhizome.core.command.Commands;
import dev.rhizome.core.request.ClientRequests;
import dev.rhizome.core.resync.SyncSource;
import dev.rhizome.core.resync.SyncTarget;
import dev.rhizome.core.verify.OnlineVerify;
import org.jspecify.annotations.Nullable;

/**
 * Notices a peer that answers pings but not what it was asked: its disk may hang. Whatever this
 * node waits for has one limit, the request time-out; then the link is given up, and what waited
 * goes on without the peer.
 */
public final class PeerDeadlines {
    private final Node node;
    private final ClientRequests clientRequests;
    private final SyncSource syncSource;
    private final SyncTarget syncTarget;
    private final OnlineVerify verify;
    private final Commands commands;
    private final Patience agreement = new Patience();
    private final Patience blocks = new Patience();
    private final Patience comparisons = new Patience();
    private final Patience cover = new Patience();
    private final Patience consent = new Patience();

    /**
     * @param node what the parts share
     * @param clientRequests waits for replies, and for the peer's new generation
     * @param syncSource waits for written blocks
     * @param syncTarget is asked for its bitmap
     * @param verify waits for comparisons
     * @param commands waits for consent
     */
    public PeerDeadlines(
            Node node,
            ClientRequests clientRequests,
            SyncSource syncSource,
            SyncTarget syncTarget,
            OnlineVerify verify,
            Commands commands) {
        this.node = node;
        this.syncTarget = syncTarget;
        this.clientRequests = clientRequests;
        this.syncSource = syncSource;
        this.verify = verify;
        this.commands = commands;
    }

    /** What the peer is late with; null if nothing. */
    public @Nullable String overdue() {
        String late = null;
        long agreed =
                node.state().changes() + syncSource.progressMark() + syncTarget.progressMark();
        if (exhausted(agreement, node.state().inTransition(), agreed)) {
            late = "the agreement on what to copy";
        }
        if (exhausted(blocks, syncSource.awaitsTarget(), syncSource.answers())) {
            late = "a block of the resync";
        }
        if (exhausted(comparisons, verify.awaitsPeer(), verify.answers())) {
            late = "a comparison of the verify";
        }
        if (exhausted(cover, clientRequests.awaitsPeerGeneration(), 0)) {
            late = "its new generation";
        }
        if (exhausted(consent, commands.awaitsConsent(), 0)) {
            late = "its consent to a promotion";
        }
        if (clientRequests.earliestPeerDeadlineNs() <= node.nowNs()) {
            late = "a request";
        }
        return late;
    }

    private boolean exhausted(Patience patience, boolean waiting, long mark) {
        return patience.exhausted(waiting, mark, node.nowNs(), node.config().requestTimeoutNs());
    }
}
