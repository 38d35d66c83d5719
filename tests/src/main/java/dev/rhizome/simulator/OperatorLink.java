package dev.rhizome.simulator;

import dev.rhizome.core.command.CommandKind;

/**
 * The way from whoever gives commands to the nodes. A command to a node that is cut off gets lost,
 * and whoever gave it goes on with what was known before. Where the engine itself keeps the nodes
 * apart, what it must judge by itself may also arrive late.
 */
final class OperatorLink {
    private static final long INTERVAL_NS = 1_000_000_000;
    private static final long LATEST_NS = 500_000_000;

    private final Simulation simulation;
    private final Choices choices;
    private final boolean[] reaches = {true, true};
    private long rounds;
    private boolean calm;

    OperatorLink(Simulation simulation, Choices choices) {
        this.simulation = simulation;
        this.choices = choices;
    }

    void begin() {
        if (simulation.swarm().cutWeight() > 0) {
            trouble();
        }
    }

    void calm() {
        calm = true;
        reaches[0] = true;
        reaches[1] = true;
    }

    /** One node, both, or none, are out of reach for a while. */
    private void trouble() {
        if (calm) {
            return;
        }
        long number = rounds++;
        Choices own = choices.fork("cut", number);
        boolean cuts = own.permille(300);
        int which = own.below(3);
        boolean happens = cuts && simulation.fates().happens(Cause.OPERATOR_LINK_CUT, number);
        for (int side = 0; side < 2; side++) {
            reaches[side] = !happens || which == 1 - side;
        }
        simulation.scheduler().after(1 + own.below(INTERVAL_NS), this::trouble);
    }

    boolean reaches(int side) {
        return reaches[side];
    }

    /** How long the command is on its way; 0 if it is there at once. */
    long delayNs(CommandKind kind, long token) {
        if (calm || !judgedByTheEngine(kind)) {
            return 0;
        }
        Choices own = choices.fork("late", token);
        boolean late = own.permille(200);
        long delayNs = own.below(LATEST_NS);
        return late ? delayNs : 0;
    }

    /** Whether it does no harm by itself when it is no longer what the situation asks for. */
    private boolean judgedByTheEngine(CommandKind kind) {
        return switch (kind) {
            case PROMOTE -> simulation.swarm().fencing().policy().freezes();
            case DEMOTE, CONNECT, DISCONNECT, PAUSE_SYNC, RESUME_SYNC, SUSPEND_IO -> true;
            default -> false;
        };
    }
}
