package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import org.jspecify.annotations.Nullable;

/**
 * Answers to clients on their way from the engine to them, in order; they are given when the engine
 * has returned, since a client may ask again at once. A ring that grows if it must (answers to
 * refused requests are not bounded by the engine's slots) and then allocates nothing.
 */
final class Completions {
    private @Nullable Completion[] receivers = new Completion[Limits.MAX_CLIENT_REQUESTS];
    private @Nullable Payload[] payloads = new Payload[Limits.MAX_CLIENT_REQUESTS];
    private IoStatus[] statuses = new IoStatus[Limits.MAX_CLIENT_REQUESTS];
    private long[] tokens = new long[Limits.MAX_CLIENT_REQUESTS];
    private int first;
    private int size;

    void add(Completion receiver, long token, IoStatus status, @Nullable Payload payload) {
        if (size == tokens.length) {
            grow();
        }
        int at = (first + size) % tokens.length;
        receivers[at] = receiver;
        tokens[at] = token;
        statuses[at] = status;
        payloads[at] = payload;
        size++;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Gives the oldest answer. */
    void deliverOne() {
        int at = first;
        Completion receiver = receivers[at];
        Payload payload = payloads[at];
        receivers[at] = null;
        payloads[at] = null;
        first = (first + 1) % tokens.length;
        size--;
        if (receiver != null) {
            receiver.complete(tokens[at], statuses[at], payload);
        }
    }

    private void grow() {
        int capacity = tokens.length * 2;
        Completion[] newReceivers = new Completion[capacity];
        Payload[] newPayloads = new Payload[capacity];
        IoStatus[] newStatuses = new IoStatus[capacity];
        long[] newTokens = new long[capacity];
        for (int i = 0; i < size; i++) {
            int at = (first + i) % tokens.length;
            newReceivers[i] = receivers[at];
            newPayloads[i] = payloads[at];
            newStatuses[i] = statuses[at];
            newTokens[i] = tokens[at];
        }
        receivers = newReceivers;
        payloads = newPayloads;
        statuses = newStatuses;
        tokens = newTokens;
        first = 0;
    }
}
