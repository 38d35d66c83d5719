package dev.rhizome.simulator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ConnectionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One exhaustive run: a small connected pair whose A is Primary, some moves, perhaps a death
 * between two effects of what the last move sets going; then the trouble stops, and the pair must
 * come together. All latencies are fixed.
 */
final class ScriptedRun {
    private static final int DISK_NS = 80_000;
    private static final int LINK_NS = 100_000;

    /** In the midst of what the move before has set going. */
    private static final long OVERLAP_NS = 120_000;

    /** Long enough for a restart, a new link, and a resync. */
    private static final long REST_NS = 30_000_000;

    private static final long FOREVER_NS = 3_600_000_000_000L;

    private static final Swarm SWARM =
            new Swarm(
                    4096,
                    2,
                    1,
                    1,
                    DISK_NS,
                    0,
                    1,
                    0,
                    0,
                    LINK_NS,
                    1,
                    0,
                    0,
                    0,
                    0,
                    0,
                    false,
                    0,
                    1 << 20,
                    0,
                    0,
                    1,
                    8,
                    1,
                    1,
                    1_000_000_000,
                    0,
                    1_000_000_000,
                    0,
                    OnIoError.DETACH.code(),
                    0,
                    0,
                    4 << 20,
                    0,
                    125,
                    false,
                    0,
                    0,
                    false,
                    false,
                    0);

    /**
     * What is run.
     *
     * @param moves one after the other; none: only the setting up
     * @param overlapping whether a move begins before all of the last is over
     * @param death how nodes die
     */
    record Script(List<Move> moves, boolean overlapping, Death death, Sabotage sabotage) {}

    /**
     * A node dies between two effects.
     *
     * @param side which
     * @param afterEffects so many of its effects after the last move begins
     */
    record CrashPoint(int side, long afterEffects) {}

    private final Script script;
    private final @Nullable CrashPoint crash;
    private final Simulation simulation;
    private final long[] effectsBefore = new long[2];
    private final long[] effectsAfter = new long[2];
    private int lastPrimary;
    private boolean parted;
    private boolean armed;
    private boolean died;
    private boolean possible = true;

    ScriptedRun(Script script, @Nullable CrashPoint crash, int traceLines) {
        this.script = script;
        this.crash = crash;
        simulation =
                new Simulation(
                        RunPlan.of(0, script.sabotage()),
                        Choices.fixed(script.death().fate()),
                        SWARM,
                        new Simulation.Display(false, traceLines, false));
    }

    /** Whether the last move could be made. */
    boolean possible() {
        return possible;
    }

    /** The effects of a node from the last move on: so many crash points there are. */
    long effects(int side) {
        return effectsAfter[side] - effectsBefore[side];
    }

    /** Virtual events so far. */
    long events() {
        return simulation.events();
    }

    List<String> lastLines(int lines) {
        return simulation.lastLines(lines);
    }

    /** Runs, and tells which promise was broken; null if none was. */
    @Nullable Violation attempt() {
        return Violation.of(this::run);
    }

    private void run() {
        simulation.client(0).calm();
        simulation.client(1).calm();
        List<Move> moves = script.moves();
        if (moves.isEmpty()) {
            arm();
        }
        setUp();
        for (int i = 0; i < moves.size() && possible; i++) {
            boolean last = i == moves.size() - 1;
            if (last) {
                arm();
            }
            possible = make(moves.get(i));
            if (!last) {
                pass(script.overlapping() ? OVERLAP_NS : REST_NS);
            }
        }
        if (!possible) {
            return;
        }
        pass(REST_NS);
        effectsAfter[0] = simulation.node(0).effects();
        effectsAfter[1] = simulation.node(1).effects();
        simulation.end();
        if (simulation.endedInSplitBrain()) {
            throw new Violation("INV-10", "a split brain, although the manager fences");
        }
    }

    private void setUp() {
        simulation.begin();
        while (!died && !(connected(0) && connected(1))) {
            step();
        }
        if (!died) {
            simulation.operator().command(0, CommandKind.PROMOTE_FORCE);
            checkDeath();
        }
        while (!died && !(established(0) && established(1) && primary() == 0)) {
            step();
        }
    }

    private boolean connected(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null && replica.state().connection() == ConnectionState.CONNECTED;
    }

    private boolean established(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null && Settlement.established(replica);
    }

    /** From here on effects count. */
    private void arm() {
        armed = true;
        effectsBefore[0] = simulation.node(0).effects();
        effectsBefore[1] = simulation.node(1).effects();
        rearm();
    }

    /** A death by a move ends what was planned for that life; it is planned for the next one. */
    private void rearm() {
        if (armed && crash != null) {
            SimNode node = simulation.node(crash.side());
            long at = effectsBefore[crash.side()] + crash.afterEffects();
            node.crashAfterEffects(at - node.effects(), script.death().powerLoss());
        }
    }

    private void pass(long durationNs) {
        long untilNs = simulation.scheduler().nowNs() + durationNs;
        simulation.scheduler().at(untilNs, () -> {});
        while (!died && simulation.scheduler().nowNs() < untilNs) {
            step();
        }
    }

    private void step() {
        simulation.step();
        checkDeath();
    }

    private void checkDeath() {
        if (armed && crash != null) {
            SimNode node = simulation.node(crash.side());
            long effects = node.effects() - effectsBefore[crash.side()];
            died = died || (!node.alive() && effects >= crash.afterEffects());
        }
    }

    private int primary() {
        for (int side = 0; side < 2; side++) {
            if (simulation.operator().primary(side)) {
                lastPrimary = side;
                return side;
            }
        }
        return -1;
    }

    /** Makes a move; false if it cannot be made now, or would change nothing. */
    private boolean make(Move move) {
        int primary = primary();
        boolean serving = primary >= 0 && simulation.node(primary).serving();
        boolean made =
                switch (move) {
                    case WRITE_A -> serving && request(primary, Operation.WRITE, 0);
                    case WRITE_B -> serving && request(primary, Operation.WRITE, 1);
                    case FLUSH -> serving && request(primary, Operation.FLUSH, 0);
                    case CUT_LINK -> cut();
                    case CONNECT -> connect();
                    case CRASH_PRIMARY -> primary >= 0 && crash(primary);
                    case CRASH_SECONDARY -> crash(1 - lastPrimary);
                    case PROMOTE -> primary < 0 && promote();
                    case DEMOTE -> primary >= 0 && command(primary, CommandKind.DEMOTE);
                };
        checkDeath();
        return made;
    }

    private boolean request(int side, Operation operation, int block) {
        simulation.client(side).send(operation, false, block, operation == Operation.FLUSH ? 0 : 1);
        return true;
    }

    private boolean cut() {
        if (parted) {
            return false;
        }
        parted = true;
        simulation.link().cut(Cause.LINK_CUT, FOREVER_NS, Choices.fixed(0));
        return true;
    }

    private boolean connect() {
        boolean useful = parted;
        if (parted) {
            parted = false;
            simulation.link().heal();
        }
        for (int side = 0; side < 2; side++) {
            if (simulation.operator().standAlone(side)) {
                useful = true;
                command(side, CommandKind.CONNECT);
            }
        }
        return useful;
    }

    private boolean command(int side, CommandKind kind) {
        simulation.operator().command(side, kind);
        return true;
    }

    /** It is back after one and a half moves. */
    private boolean crash(int side) {
        SimNode node = simulation.node(side);
        if (!node.alive()) {
            return false;
        }
        node.crash(script.death().powerLoss());
        rearm();
        simulation
                .scheduler()
                .after(
                        OVERLAP_NS * 3 / 2,
                        () -> {
                            if (!node.alive()) {
                                node.start();
                            }
                        });
        return true;
    }

    private boolean promote() {
        if (simulation.operator().pending() > 0) {
            return false;
        }
        for (int side : new int[] {1 - lastPrimary, lastPrimary}) {
            if (simulation.node(side).alive() && simulation.fencer().lets(side)) {
                return command(side, CommandKind.PROMOTE);
            }
        }
        return false;
    }
}
