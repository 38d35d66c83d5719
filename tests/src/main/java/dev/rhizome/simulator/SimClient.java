package dev.rhizome.simulator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What uses one node's volume while the node serves it: a few requests at a time, overlapping. */
final class SimClient implements Completion {
    private static final int MAX_SECTORS = 24;
    private static final long PAUSE_AFTER_ERROR_NS = 100_000_000;

    private record Pending(
            Operation operation,
            @Nullable ClientWrite write,
            @Nullable ClientRead read,
            long asked) {}

    private final int side;
    private final Simulation simulation;
    private final Choices choices;
    private final Swarm swarm;
    private final Map<Long, Pending> pending = new HashMap<>();
    private long nextToken;
    private long thoughts;
    private long life;
    private boolean calm;

    SimClient(int side, Simulation simulation, Choices choices, Swarm swarm) {
        this.side = side;
        this.simulation = simulation;
        this.choices = choices;
        this.swarm = swarm;
    }

    /** Requests that are not answered yet. */
    int pending() {
        return pending.size();
    }

    /** No new requests. */
    void calm() {
        calm = true;
    }

    /** The node serves from now on. */
    void begin() {
        life++;
        for (int i = 0; i < swarm.queueDepth(); i++) {
            think(life);
        }
    }

    private void think(long mine) {
        think(mine, swarm.thinkNs());
    }

    private void think(long mine, long meanNs) {
        long number = Incident.of(side, thoughts++);
        if (calm || !simulation.fates().mayHappenFrom(Cause.REQUEST, number)) {
            return;
        }
        Choices own = choices.fork("request", number);
        simulation
                .scheduler()
                .after(
                        own.below(2 * meanNs) + 1,
                        () -> {
                            if (mine == life && simulation.node(side).serving() && !calm) {
                                decide(own, number);
                            }
                        });
    }

    /** The token of its next request; those of its earlier ones are smaller. */
    long nextToken() {
        return nextToken;
    }

    /** Whose write a stamp is of: 0, 1, or -1 for neither's. */
    static int sideOf(long stamp) {
        return (int) (stamp >>> 60) - 1;
    }

    /** The token of the write that a stamp is of. */
    static long tokenOf(long stamp) {
        return (stamp & ~(15L << 60)) >>> 16;
    }

    /** The node is dead: nobody will ever be told. */
    void nodeGone() {
        life++;
        for (Pending request : pending.values()) {
            failed(request);
        }
        pending.clear();
    }

    private void failed(Pending request) {
        if (request.write != null) {
            simulation.oracle().writeFailed(request.write);
        } else if (request.read != null) {
            simulation.oracle().readFailed(request.read);
        }
    }

    private void decide(Choices own, long number) {
        if (simulation.fates().happens(Cause.REQUEST, number)) {
            ask(own);
        } else {
            think(life);
        }
    }

    private void ask(Choices own) {
        int kind = own.below(1000);
        if (kind < swarm.flushPermille()) {
            send(Operation.FLUSH, false, 0, 0);
            return;
        }
        int count = own.permille(50) ? MAX_SECTORS * 2 : own.between(1, MAX_SECTORS);
        int sectors = simulation.node(side).servedSectors();
        count = Math.min(count, sectors);
        boolean hot = own.permille(500);
        int room = sectors - count + 1;
        int first = own.below(hot ? Math.max(1, room / 8) : room);
        boolean fua = own.permille(swarm.fuaPermille());
        if (kind < 350) {
            send(Operation.READ, false, first, count);
        } else if (kind < 900) {
            send(Operation.WRITE, fua, first, count);
        } else {
            send(kind < 950 ? Operation.TRIM : Operation.ZERO, fua, first, count);
        }
    }

    /** Asks the node for it, now. */
    void send(Operation operation, boolean fua, int first, int count) {
        long token = nextToken++;
        Oracle oracle = simulation.oracle();
        StampPool.Stamps payload = null;
        ClientWrite write = null;
        ClientRead read = null;
        if (operation == Operation.READ) {
            payload = simulation.node(side).pool().take(count * swarm.sectorBytes());
            read = oracle.readBegins(side, first, count);
        } else if (operation == Operation.WRITE) {
            payload = simulation.node(side).pool().take(count * swarm.sectorBytes());
            for (int i = 0; i < count; i++) {
                payload.stamps[i] = (long) (side + 1) << 60 | token << 16 | (first + i);
            }
            write = oracle.writeBegins(side, first, count, fua, payload.stamps.clone());
        } else if (operation.changes()) {
            write = oracle.writeBegins(side, first, count, fua, new long[count]);
        }
        pending.put(token, new Pending(operation, write, read, oracle.now()));
        simulation
                .node(side)
                .submit(
                        operation,
                        fua,
                        (long) first * swarm.sectorBytes(),
                        (long) count * swarm.sectorBytes(),
                        payload,
                        this,
                        token);
    }

    @Override
    public void complete(long token, IoStatus status, @Nullable Payload payload) {
        Pending request = pending.remove(token);
        if (request == null) {
            throw new Violation("answer", "a request was answered twice");
        }
        if (status == IoStatus.OK) {
            done(request, payload);
        } else {
            failed(request);
        }
        if (payload != null) {
            payload.release();
        }
        think(life, status == IoStatus.OK ? swarm.thinkNs() : PAUSE_AFTER_ERROR_NS);
    }

    private void done(Pending request, @Nullable Payload payload) {
        simulation.acknowledged();
        Oracle oracle = simulation.oracle();
        if (request.write != null) {
            oracle.writeAcknowledged(request.write);
        } else if (request.read != null) {
            if (payload == null) {
                throw new Violation("answer", "a read was answered without data");
            }
            oracle.readAnswered(request.read, ((StampPool.Stamps) payload).stamps);
        } else {
            oracle.flushAcknowledged(side, request.asked);
        }
    }
}
