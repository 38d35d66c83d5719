package dev.rhizome.simulator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.resize.ResizeRequest;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.verify.VerifyOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Who gives commands: a cluster manager that wants exactly one Primary, an administrator who
 * meddles, and fate. Without the swarm's split-brain licence the manager fences: it never promotes
 * a node beside writes that the other alone has.
 */
final class SimOperator {
    private static final long MANAGER_INTERVAL_NS = 150_000_000;
    private static final long LONG_CUT_NS = 2_000_000_000;

    private final Simulation simulation;
    private final Scheduler scheduler;
    private final Choices choices;
    private final Swarm swarm;
    private final OperatorLink link;
    private final List<List<Long>> pending = List.of(new ArrayList<>(), new ArrayList<>());
    private long nextToken = 1;
    private long rounds;
    private boolean calm;

    SimOperator(Simulation simulation, Choices choices, Swarm swarm) {
        this.simulation = simulation;
        this.scheduler = simulation.scheduler();
        this.choices = choices;
        this.swarm = swarm;
        this.link = new OperatorLink(simulation, choices.fork("link"));
    }

    void begin() {
        link.begin();
        manage();
        trouble();
        hang();
    }

    /** No more trouble, and no more management: the simulation ends the run itself. */
    void calm() {
        calm = true;
        link.calm();
    }

    /** Commands that are not answered yet. */
    int pending() {
        return pending.get(0).size() + pending.get(1).size();
    }

    void command(int side, CommandKind kind) {
        if (!reachable(side)) {
            return;
        }
        long token = nextToken++;
        long delayNs = link.delayNs(kind, token);
        pending.get(side).add(token);
        if (delayNs == 0) {
            simulation.node(side).command(token, kind);
            return;
        }
        long incarnation = simulation.node(side).incarnation();
        scheduler.after(delayNs, () -> arrive(side, incarnation, token, kind));
    }

    /** A command that was late; who died meanwhile takes it with them. */
    private void arrive(int side, long incarnation, long token, CommandKind kind) {
        SimNode node = simulation.node(side);
        if (node.alive() && node.incarnation() == incarnation) {
            node.command(token, kind);
        }
    }

    private boolean reachable(int side) {
        return simulation.node(side).alive() && link.reaches(side);
    }

    /** Gives a node its disk again; one that hangs cannot even be opened. */
    void attach(int side) {
        boolean answers = simulation.node(side).disk().hungSinceNs() == Long.MAX_VALUE;
        if (reachable(side) && answers) {
            long token = nextToken++;
            pending.get(side).add(token);
            simulation.node(side).attach(token);
        }
    }

    /** Asks something of the online verify. */
    void verify(int side, VerifyOrder order) {
        if (reachable(side)) {
            long token = nextToken++;
            pending.get(side).add(token);
            simulation.node(side).verify(token, order);
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

    /** What the manager may do in one round has a number each. */
    private void manage() {
        if (calm) {
            return;
        }
        long number = rounds++ * 7;
        int wanted = choices.below(2);
        boolean idle = pending() == 0;
        if (idle && !primary(0) && !primary(1) && mayPromote(wanted) && happens(number)) {
            promote(wanted);
        }
        for (int side = 0; side < 2; side++) {
            boolean leaves = choices.permille(200);
            boolean alone = simulation.node(side).alive() && standAlone(side);
            if (leaves && alone && happens(number + 1 + side)) {
                command(side, CommandKind.CONNECT);
            }
        }
        for (int side = 0; side < 2; side++) {
            boolean returns = choices.permille(300);
            boolean without = !simulation.node(side).diskAttached();
            if (returns && without && happens(number + 3 + side)) {
                attach(side);
            }
        }
        boolean grows = swarm.spareBlocks() > 0 && choices.permille(400);
        Choices own = choices.fork("resize", number);
        if (grows && idle && inStep(0) && inStep(1) && happens(number + 5)) {
            resize(wanted, own);
        }
        if (swarm.splitBrain()) {
            part(wanted, number + 6);
        }
        scheduler.after(MANAGER_INTERVAL_NS / 2 + choices.below(MANAGER_INTERVAL_NS), this::manage);
    }

    /** Nobody keeps the nodes apart: the link is cut for long, and both go on. */
    private void part(int side, long number) {
        Choices own = choices.fork("part", number);
        boolean cuts = own.permille(500) && inStep(0) && inStep(1);
        boolean goesOn = own.permille(700) && primary(1 - side) && parted(side);
        if ((cuts || goesOn) && happens(number)) {
            if (cuts) {
                simulation.link().cut(Cause.LINK_CUT, LONG_CUT_NS, own);
            } else {
                command(side, CommandKind.PROMOTE);
            }
        }
    }

    private boolean happens(long number) {
        return simulation.fates().happens(Cause.COMMAND, number);
    }

    private boolean mayPromote(int side) {
        if (!simulation.node(side).alive()) {
            return false;
        }
        boolean first = blank(0) && blank(1);
        return first ? side == 0 : simulation.fencer().lets(side);
    }

    private void promote(int side) {
        if (mayPromote(side)) {
            boolean first = blank(0) && blank(1);
            if (first && mayDeclareAlike() && choices.permille(500)) {
                command(side, CommandKind.NEW_GENERATION);
                return;
            }
            command(side, first ? CommandKind.PROMOTE_FORCE : CommandKind.PROMOTE);
        }
    }

    /** Nothing that a disk which was given up still works on will make it otherwise. */
    boolean blank(int side) {
        Generations generations = simulation.node(side).superblock().generations();
        boolean settled = !simulation.node(side).disk().writesMetadata();
        return generations.isJustCreated() && settled;
    }

    boolean primary(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null && replica.state().role() == Role.PRIMARY;
    }

    boolean standAlone(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null && replica.state().connection() == ConnectionState.STAND_ALONE;
    }

    /** Whether a node has data, is Secondary, and does not hear of its peer. */
    private boolean parted(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null
                && !primary(side)
                && !blank(side)
                && replica.state().connection() != ConnectionState.CONNECTED;
    }

    private boolean inStep(int side) {
        Replica replica = simulation.node(side).replica();
        return replica != null && Settlement.established(replica);
    }

    private void trouble() {
        if (calm) {
            return;
        }
        Trouble next = simulation.fates().trouble();
        if (next != null) {
            bring(next);
            scheduler.after(next.pauseNs(), this::trouble);
        }
    }

    private void hang() {
        Trouble next = simulation.fates().hang();
        if (next != null) {
            scheduler.after(
                    next.pauseNs(),
                    () -> {
                        if (!calm && simulation.fates().strikes(next)) {
                            simulation.node(next.side()).disk().hang(next.amount());
                        }
                        if (!calm) {
                            hang();
                        }
                    });
        }
    }

    private void bring(Trouble trouble) {
        SimNode node = simulation.node(trouble.side());
        SimNode other = simulation.node(1 - trouble.side());
        boolean possible =
                switch (trouble.cause()) {
                    case KILL, POWER_LOSS, CRASH_BETWEEN_EFFECTS -> node.alive();
                    case SITE_POWER_LOSS -> node.alive() || other.alive();
                    default -> true;
                };
        if (!possible || !simulation.fates().strikes(trouble)) {
            return;
        }
        switch (trouble.cause()) {
            case SITE_POWER_LOSS -> {
                node.crash(true);
                other.crash(true);
            }
            case CRASH_BETWEEN_EFFECTS ->
                    node.crashAfterEffects(trouble.amount(), trouble.powerLoss());
            case LINK_CUT, LINK_SILENCE, HALF_OPEN_LINK ->
                    simulation.link().cut(trouble.cause(), trouble.amount(), trouble.own());
            case MEDDLING -> meddle(trouble.side(), trouble.own());
            default -> node.crash(trouble.powerLoss());
        }
    }

    private void meddle(int side, Choices own) {
        if (swarm.spareBlocks() > 0 && own.permille(150)) {
            resize(side, own);
            return;
        }
        switch (own.below(swarm.splitBrain() ? 20 : 17)) {
            case 0 -> command(side, CommandKind.DISCONNECT);
            case 1 -> command(side, CommandKind.CONNECT);
            case 2 -> command(side, demotion(own));
            case 3 -> stop(side, own);
            case 4 -> switchOver();
            case 5 -> {
                if (!blank(side) && !primary(1 - side)) {
                    promote(side);
                }
            }
            case 6 -> command(side, CommandKind.CONNECT_TENTATIVE);
            case 7 -> command(side, CommandKind.DETACH);
            case 8 -> command(side, CommandKind.DETACH_FORCE);
            case 9 -> attach(side);
            case 10 -> command(side, CommandKind.PAUSE_SYNC);
            case 11 -> command(side, CommandKind.RESUME_SYNC);
            case 12 -> invalidate(side);
            case 13 -> command(side, CommandKind.INVALIDATE_REMOTE);
            case 14 -> {
                if (mayDeclareAlike()) {
                    command(side, CommandKind.NEW_GENERATION);
                }
            }
            case 15 -> command(side, CommandKind.SUSPEND_IO);
            case 16 -> resumeIo(side);
            case 17 -> command(side, CommandKind.CONNECT_DISCARD_MY_DATA);
            case 18 -> command(side, CommandKind.RESUME_IO);
            default -> command(side, CommandKind.PROMOTE);
        }
    }

    private static CommandKind demotion(Choices own) {
        return own.permille(300) ? CommandKind.DEMOTE_FORCE : CommandKind.DEMOTE;
    }

    /** A careful operator does not let clients go on without the peer being fenced. */
    private void resumeIo(int side) {
        Replica replica = simulation.node(side).replica();
        if (replica != null && !replica.suspension().label().contains("fencing")) {
            command(side, CommandKind.RESUME_IO);
        }
    }

    /** The data of the two blank disks is the same, or whoever asks is wrong about that. */
    private boolean mayDeclareAlike() {
        return swarm.alike() || simulation.sabotage() == Sabotage.SKIP_FIRST_COPY;
    }

    /** Nobody gives up the last whole data: of both nodes' only one at a time. */
    private void invalidate(int side) {
        SimNode other = simulation.node(1 - side);
        // Nor while something may yet be written that ends it.
        boolean otherIsWhole =
                other.superblock().has(Superblock.Flag.CONSISTENT)
                        && !other.disk().writesMetadata();
        if (pending() == 0 && otherIsWhole) {
            command(side, CommandKind.INVALIDATE);
        }
    }

    /** Somebody has made the backing devices larger, one perhaps less so, and wants the room. */
    private void resize(int side, Choices own) {
        for (int each = 0; each < 2; each++) {
            if (own.permille(800)) {
                long blocks = swarm.volumeBlocks() + 1L + own.below(swarm.spareBlocks());
                simulation.node(each).disk().growDevice(blocks * 4096);
            }
        }
        long wanted = own.permille(500) ? 0 : swarm.volumeBytes() + own.below(8) * 4096L;
        if (reachable(side)) {
            long token = nextToken++;
            pending.get(side).add(token);
            simulation.node(side).resize(token, new ResizeRequest(wanted, false));
        }
    }

    /** A Primary whose device is in use ends without a word to the engine: the device stays. */
    private void stop(int side, Choices own) {
        if (primary(side) && own.permille(500)) {
            simulation.node(side).stopInUse();
        } else {
            command(side, CommandKind.SHUTDOWN);
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
