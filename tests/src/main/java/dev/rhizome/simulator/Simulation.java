package dev.rhizome.simulator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One run: two nodes in trouble for a while; then the trouble stops, and within a bounded time
 * everything must be answered, connected and the same on both, or declared a split brain. Runs in
 * one thread and shares nothing with other runs.
 */
public final class Simulation {
    private final RunPlan plan;
    private final Scheduler scheduler = new Scheduler();
    private final Swarm swarm;
    private final Trace trace;
    private final Coverage coverage = new Coverage();
    private final Fates fates;
    private final SimLink link;
    private final SimNode[] nodes = new SimNode[2];
    private final SimClient[] clients = new SimClient[2];
    private final SimOperator operator;
    private final SimChecks checks;
    private final Oracle oracle;
    private final SimFencer fencer;
    private final Settlement settlement;
    private final Choices[] restarts = new Choices[2];
    private final boolean[] restarting = new boolean[2];
    private long acknowledged;
    private long calmAtNs = Long.MAX_VALUE;

    /**
     * @param seed decides everything
     * @param sabotage a planted bug, or none
     * @param printing whether every line of the trace is printed at once
     */
    public Simulation(long seed, Sabotage sabotage, boolean printing) {
        this(RunPlan.of(seed, sabotage), printing, false);
    }

    /**
     * @param logging whether the incidents of the run are kept: see {@link Fates#log}
     */
    Simulation(RunPlan plan, boolean printing, boolean logging) {
        this(plan, choices(plan), null, new Display(printing, Trace.LINES, logging));
    }

    /** A run whose draws are recorded. */
    static Simulation recording(RunPlan plan, Draws draws) {
        Choices choices = draws.recording(plan.seed());
        return new Simulation(plan, choices, null, new Display(false, Trace.LINES, true));
    }

    private static Choices choices(RunPlan plan) {
        Draws draws = plan.draws();
        return draws == null ? new Choices(plan.seed()) : draws.replaying(plan.seed());
    }

    /** What is kept of a run for a person. */
    record Display(boolean printing, int traceLines, boolean logging) {}

    /**
     * @param choices the run's only randomness
     * @param given what the run is like, or null if that is drawn too
     */
    Simulation(RunPlan plan, Choices choices, @Nullable Swarm given, Display display) {
        this.plan = plan;
        swarm = given == null ? Swarm.of(choices.fork("swarm")) : given;
        trace = new Trace(scheduler, display.printing(), display.traceLines());
        fates =
                new Fates(
                        scheduler,
                        trace,
                        choices.fork("fates"),
                        swarm,
                        plan.selection(),
                        display.logging());
        link = new SimLink(scheduler, choices.fork("link"), swarm);
        checks = new SimChecks(this, choices.fork("checks"));
        Choices fill = choices.fork("fill");
        long[] initial = {0, 0};
        for (int side = 0; side < 2; side++) {
            Choices own = choices.fork("node", side);
            nodes[side] = new SimNode(side, this, scheduler, own, swarm);
            clients[side] = new SimClient(side, this, own.fork("client"), swarm);
            restarts[side] = own.fork("restarts");
            initial[side] = fill.permille(500) ? (swarm.alike() ? 1 : side + 1) : 0;
            initial[side] = swarm.alike() ? initial[0] : initial[side];
            nodes[side].disk().fillWith(initial[side]);
        }
        link.attach(nodes[0], nodes[1]);
        oracle = new Oracle(nodes, link, swarm, initial);
        fencer = new SimFencer(this, choices.fork("fencer"));
        operator = new SimOperator(this, choices.fork("operator"), swarm);
        settlement = new Settlement(this);
    }

    /** Runs to the end, and tells which promise was broken; null if none was. */
    public @Nullable Violation attempt() {
        return Violation.of(this::run);
    }

    /**
     * Runs to the end.
     *
     * @throws Violation if a promise is broken
     */
    public void run() {
        trace.line(swarm.toString(), plan.seed(), 0, 0);
        begin();
        operator.begin();
        checks.begin();
        fencer.begin();
        long steps = plan.steps() == 0 ? swarm.steps() : plan.steps();
        while (acknowledged < steps && scheduler.nowNs() < plan.untilNs()) {
            step();
        }
        end();
    }

    /** Both nodes start, and start again whenever they are dead. */
    void begin() {
        nodes[0].start();
        nodes[1].start();
        keepRestarting();
    }

    /** The trouble stops, and the pair must come together. */
    void end() {
        trace.line("calm", 0, 0, 0);
        calmAtNs = scheduler.nowNs();
        settlement.run();
    }

    void step() {
        if (scheduler.count() > plan.eventLimit() || !scheduler.step()) {
            throw new Violation("LIV-06", "no progress: " + settlement.describe());
        }
    }

    /** A dead machine comes back after a while. */
    private void keepRestarting() {
        for (int side = 0; side < 2; side++) {
            SimNode node = nodes[side];
            if (!node.alive() && !restarting[side]) {
                restarting[side] = true;
                boolean calm = calmAtNs != Long.MAX_VALUE;
                long delayNs = calm ? 1_000_000 : restarts[side].below(1_500_000_000L);
                int index = side;
                scheduler.after(
                        delayNs,
                        () -> {
                            restarting[index] = false;
                            if (!node.alive()) {
                                node.start();
                            }
                        });
            }
        }
        scheduler.after(5_000_000, this::keepRestarting);
    }

    void requireNoLeak(SimNode node) {
        int out = node.pool().outCount();
        if (out != 0) {
            throw new Violation("payload", node.name() + " has leaked " + out + " payloads");
        }
    }

    /** The run's seed. */
    public long seed() {
        return plan.seed();
    }

    /** Virtual events so far. */
    public long events() {
        return scheduler.count();
    }

    /** Whether it ended in a split brain that both nodes have seen. */
    public boolean endedInSplitBrain() {
        return settlement.splitBrain();
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

    /** When the trouble stopped; Long.MAX_VALUE if it has not. */
    long calmAtNs() {
        return calmAtNs;
    }

    Coverage coverage() {
        return coverage;
    }

    Fates fates() {
        return fates;
    }

    Scheduler scheduler() {
        return scheduler;
    }

    Swarm swarm() {
        return swarm;
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

    SimChecks checks() {
        return checks;
    }

    SimFencer fencer() {
        return fencer;
    }

    Oracle oracle() {
        return oracle;
    }

    Sabotage sabotage() {
        return plan.sabotage();
    }
}
