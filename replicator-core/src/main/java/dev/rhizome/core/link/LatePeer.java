package dev.rhizome.core.link;

import dev.rhizome.core.Node;
import dev.rhizome.core.role.ConnectionState;

/** Leaves a peer that is late, and tries it again when its time has come. */
public final class LatePeer {
    private final Node node;
    private final Expulsions expulsions;

    /**
     * @param node what the parts share
     */
    public LatePeer(Node node) {
        this.node = node;
        this.expulsions = node.expulsions();
    }

    /**
     * The peer is late.
     *
     * @param what with what
     */
    public void expel(String what) {
        String reason =
                "the peer took more than "
                        + node.config().requestTimeoutNs() / 1_000_000
                        + " ms for "
                        + what;
        node.effects().event("peer-late", reason);
        node.closeLink(reason);
        long pauseNs = expulsions.onExpelled(node.nowNs());
        if (pauseNs > 0) {
            node.effects()
                    .event(
                            "peer-expelled",
                            "late "
                                    + expulsions.inARow()
                                    + " times in a row: not tried for "
                                    + pauseNs / 1_000_000
                                    + " ms; 'connect' ends that");
            node.effects().wantLink(false);
        }
    }

    /** Whether a link that comes up now is not to be used. */
    public boolean pausing() {
        return expulsions.pausing();
    }

    /** Time has passed. */
    public void tick() {
        boolean over = expulsions.endsAt(node.nowNs());
        boolean wanted =
                node.state().connection() != ConnectionState.STAND_ALONE
                        && !node.leaving()
                        && !node.givingWay();
        if (over && wanted) {
            node.effects().wantLink(true);
        }
    }

    /** When {@link #tick} has something to do next; Long.MAX_VALUE if never. */
    public long deadlineNs() {
        return expulsions.deadlineNs();
    }
}
