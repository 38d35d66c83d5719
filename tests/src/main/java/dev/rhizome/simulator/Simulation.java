package dev.rhizome.simulator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import java.util.List;

/**
 * One run: two nodes in trouble for a while; then the trouble stops, and within a bounded time
 * everything must be answered, connected and the same on both, or declared a split brain.
 */
public final class Simulation {
    private static final long CALM_LIMIT_NS = 120_000_000_000L;
    private static final long CALM_STEP_NS = 400_000_000;
    private static final long EVENT_LIMIT = 3_000_000;

    private final long seed;
    private final Sabotage sabotage;
    private final Scheduler scheduler = new Scheduler();
    private final Swarm swarm;
    private final Choices choices;
    private final Trace trace;
    private final SimLink link;
    private final SimNode[] nodes = new SimNode[2];
    private final SimClient[] clients = new SimClient[2];
    private final SimOperator operator;
    private final Oracle oracle;
    private final boolean[] restarting = new boolean[2];
    private long acknowledged;
    private boolean calm;
    private boolean splitBrain;

    /**
     * @param seed decides everything
     * @param sabotage a planted bug, or none
     * @param printing whether every line of the trace is printed at once
     */
    public Simulation(long seed, Sabotage sabotage, boolean printing) {
        this.seed = seed;
        this.sabotage = sabotage;
        choices = new Choices(seed);
        swarm = Swarm.of(choices.fork("swarm"));
        trace = new Trace(scheduler, printing);
        link = new SimLink(scheduler, choices.fork("link"), swarm);
        long[] initial = {0, 0};
        for (int side = 0; side < 2; side++) {
            Choices own = choices.fork("node" + side);
            nodes[side] = new SimNode(side, this, scheduler, own, swarm);
            clients[side] = new SimClient(side, this, own.fork("client"), swarm);
            initial[side] = choices.permille(500) ? side + 1 : 0;
            nodes[side].disk().fillWith(initial[side]);
        }
        if (swarm.errorPermille() > 0) {
            nodes[swarm.weakNode()].disk().errorPermille(swarm.errorPermille());
        }
        link.attach(nodes[0], nodes[1]);
        oracle = new Oracle(nodes, link, swarm.sectors(), initial);
        operator = new SimOperator(this, choices.fork("operator"), swarm);
    }

    /**
     * Runs to the end.
     *
     * @throws Violation if a promise is broken
     */
    public void run() {
        trace.line(swarm.toString(), seed, 0, 0);
        nodes[0].start();
        nodes[1].start();
        operator.begin();
        keepRestarting();
        while (acknowledged < swarm.steps() && scheduler.nowNs() < 60_000_000_000L) {
            step();
        }
        calmDown();
        long limitNs = scheduler.nowNs() + CALM_LIMIT_NS;
        while (!settled()) {
            if (scheduler.nowNs() > limitNs) {
                throw new Violation("LIV", "not settled: " + describe());
            }
            step();
        }
        finish();
    }

    private void step() {
        if (scheduler.count() > EVENT_LIMIT || !scheduler.step()) {
            throw new Violation("LIV-06", "no progress: " + describe());
        }
    }

    /** A dead machine comes back after a while. */
    private void keepRestarting() {
        for (int side = 0; side < 2; side++) {
            SimNode node = nodes[side];
            if (!node.alive() && !restarting[side]) {
                restarting[side] = true;
                long delayNs = calm ? 1_000_000 : choices.below(1_500_000_000L);
                int index = side;
                scheduler.after(
                        delayNs,
                        () -> {
                            restarting[index] = false;
                            node.start();
                        });
            }
        }
        scheduler.after(5_000_000, this::keepRestarting);
    }

    private void calmDown() {
        trace.line("calm", 0, 0, 0);
        calm = true;
        operator.calm();
        for (int side = 0; side < 2; side++) {
            clients[side].calm();
            nodes[side].disk().calm();
            nodes[side].crashAfterEffects(-1);
        }
        link.calm();
        scheduler.after(CALM_STEP_NS, this::settle);
    }

    /** What a careful operator does to bring the pair together. */
    private void settle() {
        for (int side = 0; side < 2; side++) {
            Replica replica = nodes[side].replica();
            if (replica != null && !replica.state().diskAttached()) {
                nodes[side].crash(false);
            }
        }
        if (operator.pending() == 0) {
            boolean fresh = operator.blank(0) && operator.blank(1);
            if (fresh && nodes[0].alive()) {
                operator.command(0, CommandKind.PROMOTE_FORCE);
            }
            for (int side = 0; side < 2; side++) {
                boolean refused = operator.standAlone(0) || operator.standAlone(1);
                if (operator.primary(side) && refused && !nodes[side].lastHandshake().isEmpty()) {
                    operator.command(side, CommandKind.DEMOTE);
                }
                if (operator.standAlone(side)) {
                    operator.command(side, CommandKind.CONNECT);
                }
            }
        }
        scheduler.after(CALM_STEP_NS, this::settle);
    }

    private boolean settled() {
        Replica a = nodes[0].replica();
        Replica b = nodes[1].replica();
        if (a == null || b == null || operator.pending() > 0 || oracleBusy()) {
            return false;
        }
        boolean parted = agreedSplitBrain(nodes[0]) && agreedSplitBrain(nodes[1]);
        if (oracle.lonely(0) && oracle.lonely(1) || parted && swarm.splitBrain()) {
            splitBrain = parted;
            return splitBrain;
        }
        return established(a) && established(b) && nodes[0].disk().idle() && nodes[1].disk().idle();
    }

    private boolean oracleBusy() {
        return clients[0].pending() + clients[1].pending() > 0;
    }

    private static boolean established(Replica replica) {
        return replica.state().replication() == ReplicationState.ESTABLISHED
                && replica.state().diskUpToDate()
                && replica.state().peerUpToDate()
                && replica.state().peerRole() != Role.UNKNOWN;
    }

    private static boolean agreedSplitBrain(SimNode node) {
        return node.lastHandshake().startsWith("split-brain");
    }

    private void finish() {
        if (!splitBrain) {
            oracle.requireConverged();
        }
        for (SimNode node : nodes) {
            requireNoLeak(node);
        }
    }

    void requireNoLeak(SimNode node) {
        int out = node.pool().outCount();
        if (out != 0) {
            throw new Violation("payload", node.name() + " has leaked " + out + " payloads");
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (SimNode node : nodes) {
            Replica replica = node.replica();
            text.append(node.name()).append(": ");
            if (replica == null) {
                text.append("dead; ");
                continue;
            }
            text.append(replica.state().role())
                    .append('/')
                    .append(replica.state().disk())
                    .append('/')
                    .append(replica.state().peerDisk())
                    .append('/')
                    .append(replica.state().connection())
                    .append('/')
                    .append(replica.state().replication())
                    .append(" last ")
                    .append(node.lastHandshake())
                    .append(" requests ")
                    .append(replica.inFlight())
                    .append("; ");
        }
        return text.append("commands ")
                .append(operator.pending())
                .append(" lonely ")
                .append(oracle.lonely(0))
                .append(oracle.lonely(1))
                .toString();
    }

    /** The run's seed. */
    public long seed() {
        return seed;
    }

    /** Virtual events so far. */
    public long events() {
        return scheduler.count();
    }

    /** Whether it ended in a split brain that both nodes have seen. */
    public boolean endedInSplitBrain() {
        return splitBrain;
    }

    /** Client requests that ended well. */
    public long acknowledgedRequests() {
        return acknowledged;
    }

    /** A hash of everything that happened, in order. */
    public long traceHash() {
        return trace.hash();
    }

    /** The last lines of the trace. */
    public List<String> lastLines(int lines) {
        return trace.last(lines);
    }

    void acknowledged() {
        acknowledged++;
    }

    void cutLink(long partedNs) {
        trace.line("link cut", partedNs, 0, 0);
        link.cut(partedNs);
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Trace trace() {
        return trace;
    }

    SimLink link() {
        return link;
    }

    SimNode node(int side) {
        return nodes[side];
    }

    SimClient client(int side) {
        return clients[side];
    }

    SimOperator operator() {
        return operator;
    }

    Oracle oracle() {
        return oracle;
    }

    Sabotage sabotage() {
        return sabotage;
    }
}
