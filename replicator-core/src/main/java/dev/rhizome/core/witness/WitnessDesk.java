package dev.rhizome.core.witness;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.witness.WitnessRequest.Kind;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.TreeMap;

/**
 * Answers the nodes: decides by the ledger, and lets an answer go only when what it rests on is
 * durable (WIT-01). While one image of the ledger is being written, further asks are decided, and
 * share the next one.
 *
 * <p>Asks count in the order in which a node has made its connections (WIT-03). What is still under
 * way on a connection that the node has given up, and arrives after it has asked over a newer one,
 * is refused: the node has gone by other answers since. For that a node must close a connection
 * before it opens the next one for the same resource; then, with TLS 1.3 and no early data, what it
 * says on one can only follow the acceptance of that one, and precede the acceptance of the next.
 *
 * <p>Not re-entrant: an effect's outcome comes later, as an input.
 */
public final class WitnessDesk {

    /** How many pairs of node and resource are kept in mind while older connections live. */
    static final int MAX_NOTED = 4096;

    /** What the desk wants done. */
    public interface Effects {
        /** Make this the content of the state file, durably, whole or not at all. */
        void write(byte[] image);

        /** Tell a node. */
        void answer(long connection, WitnessAnswer answer);

        /** For the log: decided, not yet durable. */
        void decided(String node, WitnessRequest request, WitnessAnswer answer);
    }

    private record Waiting(long connection, WitnessAnswer answer, long sequence) {}

    private record Topic(String resource, String node) implements Comparable<Topic> {
        @Override
        public int compareTo(Topic other) {
            int resources = resource.compareTo(other.resource);
            return resources != 0 ? resources : node.compareTo(other.node);
        }
    }

    private final WitnessLedger ledger;
    private final Effects effects;

    /** Who is connected, by the number of the connection. */
    private final TreeMap<Long, String> connected = new TreeMap<>();

    /** The newest connection over which a node has asked about a resource. */
    private final Map<Topic, Long> newest = new TreeMap<>();

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private long connections;
    private long sequence;
    private long durable;
    private long writing;
    private boolean failed;

    /**
     * @param image what is in the state file
     * @param effects who does things
     */
    public WitnessDesk(LedgerImage image, Effects effects) {
        this.effects = effects;
        ledger = new WitnessLedger(image.holdings());
        sequence = image.sequence();
        durable = sequence;
    }

    /**
     * A connection was accepted. To be told in the order of acceptance, before anything is known of
     * who it is.
     *
     * @return its number
     */
    public long accepted() {
        connections++;
        connected.put(connections, "");
        return connections;
    }

    /** It is known by its certificate who has made a connection. */
    public void identified(long connection, String node) {
        Invariant.check(connected.containsKey(connection), "WIT-03", "who is known is connected");
        connected.put(connection, node);
    }

    /** A connection is gone; what would be answered on it is not. */
    public void gone(long connection) {
        connected.remove(connection);
        waiting.removeIf(each -> each.connection() == connection);
        // What no older connection can contradict any more need not be kept in mind.
        long oldest = connected.isEmpty() ? Long.MAX_VALUE : connected.firstKey();
        newest.values().removeIf(each -> each <= oldest);
    }

    /** Whether a connection waits for its answer; it must not ask again before. */
    public boolean waits(long connection) {
        return waiting.stream().anyMatch(each -> each.connection() == connection);
    }

    /**
     * A node asks.
     *
     * @param connection on which it is identified, and does not wait
     * @param nowMs the time in ms of the Unix epoch, for people
     */
    public void ask(long connection, WitnessRequest request, long nowMs) {
        String node = connected.getOrDefault(connection, "");
        Invariant.check(!node.isEmpty(), "WIT-03", "who asks is known");
        Invariant.check(!waits(connection), "WIT-01", "one question at a time");
        if (failed) {
            return;
        }
        WitnessLedger.Decision decision = decide(connection, node, request, nowMs);
        if (decision.changed()) {
            sequence++;
        }
        if (request.kind() != Kind.LIST) {
            effects.decided(node, request, decision.answer());
        }
        waiting.add(new Waiting(connection, decision.answer(), sequence));
        goOn();
    }

    private WitnessLedger.Decision decide(
            long connection, String node, WitnessRequest request, long nowMs) {
        if (request.kind() == Kind.LIST) {
            return unchanged(ledger.list(request.resource(), request.node()));
        }
        Topic topic = new Topic(request.resource(), node);
        long last = newest.getOrDefault(topic, 0L);
        if (last > connection) {
            return unchanged(WitnessAnswer.of(WitnessRule.OLDER_CONNECTION));
        }
        if (last == 0 && newest.size() >= MAX_NOTED) {
            return unchanged(WitnessAnswer.of(WitnessRule.BUSY));
        }
        newest.put(topic, connection);
        return request.kind() == Kind.GRANT
                ? ledger.grant(node, request, nowMs)
                : ledger.release(node, request);
    }

    private static WitnessLedger.Decision unchanged(WitnessAnswer answer) {
        return new WitnessLedger.Decision(answer, false);
    }

    /** The image that was to be written last is durable. */
    public void written() {
        Invariant.check(writing > 0, "WIT-01", "what is written was to be written");
        durable = writing;
        writing = 0;
        goOn();
    }

    /**
     * It is not known whether the image is in the file, nor whether it will stay there. Nobody is
     * answered any more; who begins anew reads the file.
     */
    public void writeFailed() {
        failed = true;
        waiting.clear();
    }

    private void goOn() {
        Waiting next = waiting.peek();
        while (next != null && next.sequence() <= durable) {
            waiting.remove();
            effects.answer(next.connection(), next.answer());
            next = waiting.peek();
        }
        if (writing == 0 && sequence > durable && !failed) {
            writing = sequence;
            effects.write(LedgerCodec.encode(new LedgerImage(sequence, ledger.holdings())));
        }
    }
}
