package dev.rhizome.simulator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * Who gives commands: a cluster manager that wants exactly one Primary, an administrator who
 * meddles, and fate. Without the swarm's split-brain licence the manager fences: it never promotes
 * a node beside writes that the other alone has.
 */
final class SimOperator {
    private static final long MANAGER_INTERVAL_NS = 150_000_000;

    private final Simulation simulation;
    private final Scheduler scheduler;
    private final Choices choices;
    private final Swarm swarm;
    private final List<List<Long>> pending = List.of(new ArrayList<>(), new ArrayList<>());
    private long nextToken = 1;
    private boolean calm;

    SimOperator(Simulation simulation, Choices choices, Swarm swarm) {
        this.simulation = simulation;
        this.scheduler = simulation.scheduler();
        this.choices = choices;
        this.swarm = swarm;
    }

    void begin() {
        manage();
        trouble();
    }

    /** No more trouble, and no more management: the simulation ends the run itself. */
    void calm() {
        calm = true;
    }

    /** Commands that are not answered yet. */
    int pending() {
        return pending.get(0).size() + pending.get(1).size();
    }

    void command(int side, CommandKind kind) {
        if (simulation.node(side).alive()) {
            long token = nextToken++;
            pending.get(side).add(token);
            simulation.node(side).command(token, kind);
        }
    }

    void commandDone(int side, long token, boolean accepted, String rule) {
        if (!pending.get(side).remove((Long) token)) {
            throw new Violation("answer", "a command was answered twice: " + rule + accepted);
        }
    }

    void nodeGone(int side) {
        pending.get(side).clear();
    }

    private void manage() {
        if (calm) {
            return;
        }
        int wanted = choices.below(2);
        boolean idle = pending() == 0;
        if (idle && !primary(0) && !primary(1) && simulation.node(wanted).alive()) {
            promote(wanted);
        }
        for (int side = 0; side < 2; side++) {
            boolean leaves = choices.permille(200);
            if (leaves && simulation.node(side).alive() && standAlone(side)) {
                command(side, CommandKind.CONNECT);
            }
        }
        scheduler.after(MANAGER_INTERVAL_NS / 2 + choices.below(MANAGER_INTERVAL_NS), this::manage);
    }

    private void promote(int side) {
        if (blank(0) && blank(1)) {
            if (side == 0) {
                command(0, CommandKind.PROMOTE_FORCE);
            }
            return;
        }
        if (swarm.splitBrain() || simulation.oracle().mayBePromoted(side)) {
            command(side, CommandKind.PROMOTE);
        }
    }

    boolean blank(int side) {
        Generations generations = simulation.node(side).superblock().generations();
        return generations.isJustCreated();
    }

    boolean primary(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null && replica.state().role() == Role.PRIMARY;
    }

    boolean standAlone(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null
                && replica.state().connection()
                        == dev.rhizome.core.role.ConnectionState.STAND_ALONE;
    }

    private void trouble() {
        if (calm) {
            return;
        }
        int side = choices.below(2);
        int total =
                swarm.killWeight()
                        + swarm.powerWeight()
                        + swarm.cutWeight()
                        + swarm.effectCrashWeight()
                        + swarm.operatorWeight();
        if (total > 0) {
            pick(choices.below(total), side);
        }
        scheduler.after(1 + choices.below(2 * swarm.troubleNs()), this::trouble);
    }

    private void pick(int draw, int side) {
        int at = draw;
        if (at < swarm.killWeight()) {
            kill(side, false);
            return;
        }
        at -= swarm.killWeight();
        if (at < swarm.powerWeight()) {
            kill(side, true);
            if (choices.permille(250)) {
                kill(1 - side, true);
            }
            return;
        }
        at -= swarm.powerWeight();
        if (at < swarm.cutWeight()) {
            simulation.cutLink(choices.permille(700) ? 0 : choices.below(2_000_000_000L));
            return;
        }
        at -= swarm.cutWeight();
        if (at < swarm.effectCrashWeight()) {
            simulation.node(side).crashAfterEffects(choices.below(choices.oneOf(3, 30, 300)));
            return;
        }
        meddle(side);
    }

    private void kill(int side, boolean powerLoss) {
        simulation.node(side).crash(powerLoss);
    }

    private void meddle(int side) {
        switch (choices.below(swarm.splitBrain() ? 7 : 6)) {
            case 0 -> command(side, CommandKind.DISCONNECT);
            case 1 -> command(side, CommandKind.CONNECT);
            case 2 -> command(side, CommandKind.DEMOTE);
            case 3 -> command(side, CommandKind.SHUTDOWN);
            case 4 -> switchOver();
            case 5 -> {
                if (!blank(side) && !primary(1 - side)) {
                    promote(side);
                }
            }
            default -> command(side, CommandKind.PROMOTE);
        }
    }

    private void switchOver() {
        for (int side = 0; side < 2; side++) {
            if (primary(side)) {
                command(side, CommandKind.DEMOTE);
            }
        }
    }
}
