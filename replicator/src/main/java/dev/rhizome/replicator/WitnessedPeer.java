package dev.rhizome.replicator;

import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.core.witness.WitnessRule;
import dev.rhizome.transport.witness.WitnessClient;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

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
    private final LongSupplier generation;
    private long asks;

    /**
     * @param session drawn for this process
     * @param generation the current one
     */
    WitnessedPeer(WitnessClient witness, String resource, long session, LongSupplier generation) {
        this.witness = witness;
        this.resource = resource;
        this.session = session;
        this.generation = generation;
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
                        grant(
                                generation.getAsLong(),
                                taken -> release(given -> given(token, given, told)));
                    } else {
                        given(token, answer, told);
                    }
                });
    }

    private void release(Consumer<WitnessAnswer> told) {
        witness.ask(WitnessRequest.release(resource, session, ++asks), DEADLINE, told);
    }

    private static void given(long token, WitnessAnswer answer, Told told) {
        boolean done =
                switch (answer.verdict()) {
                    case RELEASED, NOT_HELD -> true;
                    default -> false;
                };
        told.result(token, done ? 0 : NO_ANSWER, text(answer));
    }

    private static String text(WitnessAnswer answer) {
        String holder = answer.holder();
        return "the witness says: "
                + answer.reason()
                + (holder.isEmpty() ? "" : " (" + holder + ")");
    }

    @Override
    public void close() {
        witness.close();
    }
}
