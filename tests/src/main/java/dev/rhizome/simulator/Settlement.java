package dev.rhizome.simulator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.resync.SyncLimit;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;

/**
 * The end of a run: no more faults, a careful operator, and a bounded time in which everything must
 * be answered, connected and the same on both, or declared a split brain.
 */
final class Settlement {
    private static final long LIMIT_NS = 120_000_000_000L;
    private static final long STEP_NS = 400_000_000;

    private final Simulation simulation;
    private final int[] attempts = new int[2];
    private boolean splitBrain;

    Settlement(Simulation simulation) {
        this.simulation = simulation;
    }

    /** Whether it ended in a split brain that both nodes have seen. */
    boolean splitBrain() {
        return splitBrain;
    }

    /**
     * Runs to the end.
     *
     * @throws Violation if a promise is broken
     */
    void run() {
        calm();
        simulation.scheduler().after(STEP_NS, this::settle);
        long limitNs = simulation.scheduler().nowNs() + LIMIT_NS;
        while (!settled()) {
            if (simulation.scheduler().nowNs() > limitNs) {
                throw new Violation("LIV", "not settled: " + describe());
            }
            simulation.step();
        }
        if (!splitBrain) {
            simulation.oracle().requireConverged();
        }
        simulation.requireNoLeak(simulation.node(0));
        simulation.requireNoLeak(simulation.node(1));
    }

    private void calm() {
        simulation.operator().calm();
        simulation.checks().calm();
        simulation.fates().calm();
        simulation.fencer().calm();
        for (int side = 0; side < 2; side++) {
            simulation.client(side).calm();
            simulation.node(side).spare();
            simulation.node(side).disk().recover();
        }
        simulation.link().calm();
    }

    /** What a careful operator does to bring the pair together. */
    private void settle() {
        for (int side = 0; side < 2; side++) {
            Replica replica = simulation.node(side).replica();
            if (replica != null && !replica.state().diskAttached()) {
                bringDiskBack(side);
            }
        }
        simulation.checks().settle();
        SimOperator operator = simulation.operator();
        for (int side = 0; side < 2; side++) {
            resumeIo(side);
        }
        if (operator.pending() == 0) {
            boolean fresh = operator.blank(0) && operator.blank(1);
            if (fresh && simulation.node(0).alive()) {
                operator.command(0, CommandKind.PROMOTE_FORCE);
            }
            for (int side = 0; side < 2; side++) {
                boolean refused =
                        operator.standAlone(0)
                                || operator.standAlone(1)
                                || simulation.node(side).retries();
                boolean decided = !simulation.node(side).lastHandshake().isEmpty();
                if (operator.primary(side) && refused && decided) {
                    operator.command(side, demotion(side));
                }
                Replica replica = simulation.node(side).replica();
                if (replica != null && replica.resyncView().limit() == SyncLimit.PAUSED_BY_USER) {
                    operator.command(side, CommandKind.RESUME_SYNC);
                }
                if (operator.standAlone(side)) {
                    operator.command(side, CommandKind.CONNECT);
                }
                if (onlyOldDataIsLeft(side)) {
                    operator.command(side, CommandKind.PROMOTE_FORCE);
                }
            }
        }
        simulation.scheduler().after(STEP_NS, this::settle);
    }

    /** Who waits for a fence, and has met newer data, gives up what waits. */
    private CommandKind demotion(int side) {
        Replica replica = simulation.node(side).replica();
        boolean waits = replica != null && replica.suspension().label().contains("fencing");
        boolean behind = simulation.node(side).lastHandshake().equals("primary-would-be-target");
        return waits && behind ? CommandKind.DEMOTE_FORCE : CommandKind.DEMOTE;
    }

    /** What a fence handler that lies can do: it has called the only data old. */
    private boolean onlyOldDataIsLeft(int side) {
        Replica replica = simulation.node(side).replica();
        return simulation.swarm().splitBrain()
                && replica != null
                && replica.state().disk() == DiskState.OUTDATED
                && simulation.node(side).lastHandshake().equals("outdated-beside-blank");
    }

    /** A demotion waits for requests, and these for whoever has suspended them. */
    private void resumeIo(int side) {
        Replica replica = simulation.node(side).replica();
        String waits = replica == null ? "no" : replica.suspension().label();
        if (!waits.equals("no") && !waits.contains("fencing")) {
            simulation.operator().command(side, CommandKind.RESUME_IO);
        }
    }

    /** It is attached, if it lets itself be; else the node is started anew. */
    private void bringDiskBack(int side) {
        if (attempts[side]++ % 3 < 2) {
            simulation.operator().attach(side);
        } else {
            simulation.node(side).crash(false);
        }
    }

    private boolean settled() {
        SimNode nodeA = simulation.node(0);
        SimNode nodeB = simulation.node(1);
        Replica a = nodeA.replica();
        Replica b = nodeB.replica();
        if (a == null || b == null || simulation.operator().pending() > 0 || clientsWait()) {
            return false;
        }
        boolean parted = agreedSplitBrain(nodeA) && agreedSplitBrain(nodeB);
        boolean bothAhead = simulation.oracle().lonely(0) && simulation.oracle().lonely(1);
        if (bothAhead || (parted && mayPart())) {
            splitBrain = parted && nodeA.disk().idle() && nodeB.disk().idle();
            return splitBrain;
        }
        if (simulation.oracle().corruption().any()) {
            return false;
        }
        return established(a) && established(b) && nodeA.disk().idle() && nodeB.disk().idle();
    }

    private boolean mayPart() {
        return simulation.swarm().splitBrain() || simulation.fencer().mayHaveParted();
    }

    private boolean clientsWait() {
        return simulation.client(0).pending() + simulation.client(1).pending() > 0;
    }

    static boolean established(Replica replica) {
        return replica.state().replication() == ReplicationState.ESTABLISHED
                && replica.state().diskUpToDate()
                && replica.state().peerUpToDate()
                && replica.state().peerRole() != Role.UNKNOWN;
    }

    private static boolean agreedSplitBrain(SimNode node) {
        return node.lastHandshake().startsWith("split-brain") && !node.lastIsResolved();
    }

    String describe() {
        StringBuilder text = new StringBuilder();
        for (int side = 0; side < 2; side++) {
            SimNode node = simulation.node(side);
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
                .append(simulation.operator().pending())
                .append(" lonely ")
                .append(simulation.oracle().lonely(0))
                .append(simulation.oracle().lonely(1))
                .toString();
    }
}
