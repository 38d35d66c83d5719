package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import org.jspecify.annotations.Nullable;

/** A client's request to one node of a {@link Pair}. */
public final class PairRequest implements Completion {
    private final PairNode node;
    private final Operation operation;
    private final boolean fua;
    private final int first;
    private final int count;
    private final long token;
    private final @Nullable ClientWrite write;
    private @Nullable IoStatus status;

    PairRequest(
            PairNode node,
            Operation operation,
            boolean fua,
            int first,
            int count,
            long token,
            @Nullable ClientWrite write) {
        this.node = node;
        this.operation = operation;
        this.fua = fua;
        this.first = first;
        this.count = count;
        this.token = token;
        this.write = write;
    }

    Operation operation() {
        return operation;
    }

    boolean fua() {
        return fua;
    }

    int first() {
        return first;
    }

    int count() {
        return count;
    }

    long token() {
        return token;
    }

    /** Whether there is an answer. */
    public boolean answered() {
        return status != null;
    }

    /** Waits for the answer. */
    public IoStatus status() {
        node.pair().until("an answer to a " + operation, this::answered);
        return status == null ? IoStatus.BUSY : status;
    }

    /** Waits for the answer, which must be a good one. */
    public void done() {
        if (status() != IoStatus.OK) {
            throw node.pair().failure("a " + operation + " at " + first + " ended as " + status);
        }
    }

    @Override
    public void complete(long answeredToken, IoStatus answer, @Nullable Payload payload) {
        if (status != null) {
            throw new Violation("answer", "a request was answered twice");
        }
        status = answer;
        node.answered(this, write, answer, payload);
        if (payload != null) {
            payload.release();
        }
    }
}
