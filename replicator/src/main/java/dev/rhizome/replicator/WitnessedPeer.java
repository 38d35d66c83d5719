package dev.rhizome.replicator;

import dev.rhizome.core.witness.Verdict;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.core.witness.WitnessRule;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.witness.WitnessClient;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Asks the witness, and tells what it says as {@code fence-peer} would: 5 if this node may go on
 * alone, 6 if another one does, 1 if there is no answer.
 */
final class WitnessedPeer implements FencePeer {
    private static final Duration DEADLINE = Duration.ofSeconds(3);
    private static final int MAY_GO_ON = 5;
    private static final int ANOTHER_GOES_ON = 6;
    private static final int NO_ANSWER = 1;

    private final WitnessClient witness;
    private final String resource;
    private final long session;
    private long asks;

    /**
     * @param session drawn for this process
     */
    WitnessedPeer(WitnessClient witness, String resource, long session) {
        this.witness = witness;
        this.resource = resource;
        this.session = session;
    }

    @Override
    public void fence(long token, long current, Told told) {
        grant(
                current,
                answer -> {
                    switch (answer.verdict()) {
                        case GRANTED -> told.result(token, MAY_GO_ON, text(answer));
                        case HELD -> told.result(token, ANOTHER_GOES_ON, text(answer));
                        default -> told.result(token, NO_ANSWER, text(answer));
                    }
                });
    }

    private void grant(long current, Consumer<WitnessAnswer> told) {
        witness.ask(WitnessRequest.grant(resource, current, session, ++asks), DEADLINE, told);
    }

    /**
     * What a process of before was granted can only be given back by who has it: this process takes
     * it first.
     */
    @Override
    public void unfence(long token, Told told) {
        release(
                answer -> {
                    if (answer.rule().equals(WitnessRule.OTHER_SESSION.label())) {
                        take(token, told);
                    } else {
                        given(token, answer, told);
                    }
                });
    }

    /** With a generation that nobody else will ever ask for. */
    private void take(long token, Told told) {
        grant(
                session + asks,
                taken -> {
                    if (taken.verdict() == Verdict.GRANTED) {
                        release(given -> given(token, given, told));
                    } else {
                        told.result(token, NO_ANSWER, text(taken));
                    }
                });
    }

    private void release(Consumer<WitnessAnswer> told) {
        witness.ask(WitnessRequest.release(resource, session, ++asks), DEADLINE, told);
    }

    private static void given(long token, WitnessAnswer answer, Told told) {
        boolean done =
                answer.rule().equals(WitnessRule.RELEASED.label())
                        || answer.rule().equals(WitnessRule.NOT_HOLDER.label());
        told.result(token, done ? 0 : NO_ANSWER, text(answer));
    }

    private static String text(WitnessAnswer answer) {
        String holder = answer.holder();
        return "the witness says: "
                + answer.reason()
                + (holder.isEmpty() ? "" : " (" + holder + ")");
    }

    @Override
    public void useTls(PeerTls renewed) {
        witness.useTls(renewed);
    }

    @Override
    public void close() {
        witness.close();
    }
}
