package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.role.ConnectionState;

/** The three ways to ask for a link. None of them waits for other commands. */
final class Connecting {
    private final Node node;
    private final Tentative tentative;

    Connecting(Node node, Tentative tentative) {
        this.node = node;
        this.tentative = tentative;
    }

    Outcome connect() {
        if (tentative.pending()) {
            return askedAlready();
        }
        if (node.expulsions().pausing()) {
            node.expulsions().forgive();
            node.effects().wantLink(!node.givingWay());
        }
        // After a disconnect the link may still be on its way down: that is not "connected".
        if (node.state().connection() != ConnectionState.STAND_ALONE && !node.leaving()) {
            return Outcome.done("already-connecting", "the link is up or being tried already");
        }
        if (node.state().connection() == ConnectionState.STAND_ALONE) {
            node.state()
                    .connection(
                            ConnectionState.CONNECTING, "connect", "by command, trying the peer");
        }
        node.leaving(false);
        // A Primary that gives way tries by itself as soon as it is demoted.
        node.effects().wantLink(!node.givingWay());
        return Outcome.done("connect", "trying to reach the peer");
    }

    /** The word holds until the next agreement or parting, and only counts in a conflict. */
    Outcome discardingMyData() {
        if (tentative.pending()) {
            return askedAlready();
        }
        if (node.primary()) {
            return Outcome.refused(
                    "primary-keeps-its-data",
                    "this node is Primary, and its clients use its data: demote it first");
        }
        boolean linked =
                node.state().connection() == ConnectionState.CONNECTED
                        || node.state().connection() == ConnectionState.NEGOTIATING;
        if (linked && !node.leaving()) {
            return Outcome.refused(
                    "discard-while-linked",
                    "the nodes are linked: disconnect first if this node's data shall be given up");
        }
        Outcome connected = connect();
        node.discardMyData(true);
        return Outcome.done(
                "connect-discard-my-data",
                connected.reason()
                        + "; if the data is in conflict with the peer's, this node's is given up");
    }

    /** Answered when both nodes have said hello, or nothing comes of it. */
    void tentatively(long token) {
        if (tentative.pending()) {
            tentative.answer(token, askedAlready());
        } else {
            tentative.begin(token);
        }
    }

    private static Outcome askedAlready() {
        return Outcome.refused(
                "tentative-pending",
                "the peer is being asked what a handshake would decide: wait for the answer");
    }
}
