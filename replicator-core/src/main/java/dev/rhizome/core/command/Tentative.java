package dev.rhizome.core.command;

import dev.rhizome.core.Node;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.core.wire.HelloCodec;

/**
 * Asking what a handshake would decide. The answer is there when both nodes have said hello; the
 * node is StandAlone then. It does not wait for ever: if there is no answer, the node is again what
 * it was before.
 */
final class Tentative {
    private final Node node;
    private final Answers answers;
    private boolean linked;
    private boolean wasStandAlone;
    private long token;
    private long deadlineNs;

    /** Where answers go. */
    interface Answers {
        /** Answers a command. */
        void answer(long token, Outcome outcome);
    }

    Tentative(Node node, Answers answers) {
        this.node = node;
        this.answers = answers;
    }

    /** Whether it is under way. */
    boolean pending() {
        return node.tentative();
    }

    /** When to give up; Long.MAX_VALUE if nothing is under way. */
    long deadlineNs() {
        return pending() ? deadlineNs : Long.MAX_VALUE;
    }

    void answer(long commandToken, Outcome outcome) {
        answers.answer(commandToken, outcome);
    }

    void begin(long commandToken) {
        ConnectionState connection = node.state().connection();
        wasStandAlone = connection == ConnectionState.STAND_ALONE;
        if (!wasStandAlone && (connection != ConnectionState.CONNECTING || node.leaving())) {
            answers.answer(
                    commandToken,
                    Outcome.refused(
                            "tentative-while-linked",
                            "the nodes are linked: disconnect first, then ask"));
            return;
        }
        token = commandToken;
        linked = false;
        deadlineNs = node.nowNs() + node.config().requestTimeoutNs();
        node.tentative(true);
        node.expulsions().forgive();
        node.leaving(false);
        node.state()
                .connection(
                        ConnectionState.CONNECTING,
                        "tentative",
                        "asking the peer what a handshake would decide");
        node.effects().wantLink(true);
        node.effects().deadline(deadlineNs);
    }

    void onLinkUp() {
        linked = pending();
    }

    /** A link that was on its way down when the question was asked does not count. */
    void onLinkDown(String reason) {
        if (linked) {
            fail("the link was lost: " + reason);
        }
    }

    void onAttemptFailed(String reason) {
        if (pending() && !linked) {
            fail(reason);
        }
    }

    void tick() {
        if (pending() && node.nowNs() >= deadlineNs) {
            fail("no answer within " + node.config().requestTimeoutNs() / 1_000_000 + " ms");
        }
    }

    /** Both have said hello. */
    void onForecast(String forecast) {
        if (!pending()) {
            // Withdrawn after the hello was sent: the peer does not take this for an agreement.
            node.closeLink("the question is withdrawn");
            return;
        }
        end();
        standAlone("tentative: " + forecast);
        answers.answer(token, Outcome.done("tentative", forecast));
    }

    /** The operator wants something else. */
    void abandon(String reason) {
        if (pending()) {
            end();
            answers.answer(token, Outcome.refused("tentative-ended", reason));
        }
    }

    private void fail(String reason) {
        end();
        if (wasStandAlone) {
            standAlone("tentative: " + reason);
        } else if (node.state().connection() == ConnectionState.NEGOTIATING) {
            node.closeLink("tentative: " + reason);
        }
        answers.answer(
                token, Outcome.refused("tentative-failed", "the peer was not asked: " + reason));
    }

    private void end() {
        linked = false;
        node.tentative(false);
    }

    private void standAlone(String reason) {
        boolean negotiating = node.state().connection() == ConnectionState.NEGOTIATING;
        node.discardMyData(false);
        node.leaving(true);
        node.effects().wantLink(false);
        node.state().connection(ConnectionState.STAND_ALONE, "tentative", reason);
        if (negotiating) {
            node.sendControl(
                    FrameType.GOODBYE, 0, 0, HelloCodec.encodeText(reason, node.control()));
            node.closeLink(reason);
        }
    }
}
