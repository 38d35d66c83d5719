package dev.rhizome.simulator;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessLedger;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.core.witness.WitnessRule;
import java.util.List;

/**
 * Who keeps the nodes apart. Without fencing in the engine: a cluster manager that knows the truth;
 * in runs that allow split brains nobody is asked, and the right end of such a run is that both
 * nodes tell of it (INV-10). With fencing the manager lets everybody pass who is not banned, and
 * what answers the engine is slow, fails, is lost, or kills.
 */
final class SimFencer {
    private static final long WITNESS_TIMEOUT_NS = 500_000_000;
    private static final int BROKEN = 1;
    private static final int PEER_INCONSISTENT = 3;
    private static final int PEER_OUTDATED = 4;
    private static final int PEER_DOWN = 5;
    private static final int PEER_IS_PRIMARY = 6;
    private static final int PEER_FENCED = 7;

    private final Simulation simulation;
    private final Choices choices;
    private final FencingPolicy policy;
    private final boolean asleep;

    /** Who must not be promoted, as the cluster manager remembers. */
    private final boolean[] banned = new boolean[2];

    /** Which node reaches the witness. */
    private final boolean[] reaches = {true, true};

    /** Which node serves its clients while it waits for the handler. */
    private final boolean[] asking = new boolean[2];

    private boolean mayHaveParted;

    private WitnessLedger witness = new WitnessLedger(List.of());
    private boolean witnessIsUp = true;
    private boolean calm;

    SimFencer(Simulation simulation, Choices choices) {
        this.simulation = simulation;
        this.choices = choices;
        this.policy = simulation.swarm().fencing().policy();
        this.asleep = simulation.swarm().splitBrain();
    }

    void begin() {
        if (policy == FencingPolicy.WITNESS) {
            trouble();
        }
    }

    /** The witness dies and comes back; so do the links to it. */
    private void trouble() {
        if (calm) {
            return;
        }
        boolean happens = choices.permille(500);
        int what = choices.below(3);
        if (simulation.swarm().cutWeight() > 0) {
            if (what == 2) {
                witnessIsUp = !happens;
                if (bug(Sabotage.FORGET_GRANTS)) {
                    witness = new WitnessLedger(List.of());
                }
            } else {
                reaches[what] = !happens;
            }
        }
        simulation.scheduler().after(choices.below(1_000_000_000L), this::trouble);
    }

    private boolean bug(Sabotage which) {
        return simulation.sabotage() == which;
    }

    /** A node's process is gone. */
    void nodeGone(int side) {
        mayHaveParted |= asking[side];
        asking[side] = false;
        if (bug(Sabotage.FORGET_BAN)) {
            banned[0] = false;
            banned[1] = false;
        }
    }

    void calm() {
        calm = true;
        witnessIsUp = true;
        reaches[0] = true;
        reaches[1] = true;
    }

    /** Whether the manager would promote the node. */
    boolean lets(int side) {
        return policy.asks() ? !banned[side] : asleep || losesNothing(side);
    }

    /** Whether no write would be lost unseen. */
    private boolean losesNothing(int side) {
        Superblock other = simulation.node(1 - side).superblock();
        boolean half = !other.has(Superblock.Flag.CONSISTENT);
        Oracle oracle = simulation.oracle();
        boolean heir = half || oracle.knows(side, other.generations().current());
        return heir && !oracle.lonely(1 - side);
    }

    /**
     * Whether there may be two versions of the data although nobody has lied: a node whose clients
     * were served while the handler was still at it has died before its word.
     */
    boolean mayHaveParted() {
        return mayHaveParted;
    }

    void fence(int side, long token, long generation) {
        asking[side] = policy == FencingPolicy.RESOURCE_ONLY;
        if (bug(Sabotage.THAW_UNFENCED)) {
            simulation
                    .scheduler()
                    .after(1000, () -> simulation.operator().command(side, CommandKind.RESUME_IO));
        }
        boolean fails = !calm && choices.permille(150);
        long delayNs = delayNs();
        if (policy == FencingPolicy.WITNESS) {
            askWitness(side, token, delayNs, fails, () -> grant(side, token, generation));
        } else {
            answer(side, token, delayNs, () -> fails ? BROKEN : handler(side));
        }
    }

    void unfence(int side, long token) {
        boolean fails = !calm && choices.permille(150);
        long delayNs = delayNs();
        if (policy == FencingPolicy.WITNESS) {
            askWitness(side, token, delayNs, fails, () -> release(side, token));
        } else {
            answer(side, token, delayNs, () -> fails ? BROKEN : unban(side));
        }
    }

    private long delayNs() {
        long some = choices.oneOf(100_000, 10_000_000, 400_000_000);
        return calm ? 1_000_000 : some;
    }

    /** What is done, and what the program ends with. */
    private interface Work {
        int exitCode();
    }

    private void answer(int side, long token, long delayNs, Work work) {
        SimNode node = simulation.node(side);
        long incarnation = node.incarnation();
        simulation
                .scheduler()
                .after(
                        delayNs,
                        () -> {
                            if (node.alive() && node.incarnation() == incarnation) {
                                asking[side] = false;
                                node.fenceResult(token, work.exitCode());
                            }
                        });
    }

    // ---- the handler

    private int handler(int side) {
        SimNode peer = simulation.node(1 - side);
        if (bug(Sabotage.FENCE_BY_WORD)) {
            return PEER_OUTDATED;
        }
        if (asleep && !calm && choices.permille(100)) {
            // A lie, of any kind.
            return PEER_INCONSISTENT + choices.below(PEER_FENCED - PEER_INCONSISTENT + 1);
        }
        if (banned[side]) {
            return BROKEN;
        }
        if (policy == FencingPolicy.RESOURCE_AND_STONITH) {
            banned[1 - side] = !bug(Sabotage.UNFENCE_EARLY);
            peer.crash(true);
            return PEER_FENCED;
        }
        if (peer.alive() && simulation.operator().primary(1 - side)) {
            boolean asksAsPrimary = simulation.operator().primary(side);
            banned[1 - side] |= asksAsPrimary;
            return BROKEN;
        }
        banned[1 - side] = !bug(Sabotage.UNFENCE_EARLY);
        return peer.alive() ? PEER_OUTDATED : PEER_DOWN;
    }

    private int unban(int side) {
        banned[1 - side] = false;
        return 0;
    }

    // ---- the witness

    /** The question or the answer may be lost; what was decided stays decided. */
    private void askWitness(int side, long token, long delayNs, boolean lost, Work work) {
        SimNode node = simulation.node(side);
        boolean questionIsLost = lost && choices.permille(500);
        long incarnation = node.incarnation();
        boolean[] arrived = new boolean[1];
        int[] code = {BROKEN};
        simulation
                .scheduler()
                .after(
                        delayNs,
                        () -> {
                            boolean asks = node.alive() && node.incarnation() == incarnation;
                            if (asks && reaches[side] && witnessIsUp && !questionIsLost) {
                                code[0] = work.exitCode();
                                arrived[0] = !lost;
                            }
                        });
        simulation
                .scheduler()
                .after(
                        delayNs + (lost ? WITNESS_TIMEOUT_NS : 1_000_000),
                        () -> {
                            if (node.alive() && node.incarnation() == incarnation) {
                                boolean back = arrived[0] && reaches[side];
                                node.fenceResult(token, back ? code[0] : BROKEN);
                            }
                        });
    }

    private WitnessAnswer ask(int side, WitnessRequest request) {
        String name = simulation.node(side).name();
        long now = simulation.scheduler().nowNs() / 1_000_000;
        return request.kind() == WitnessRequest.Kind.GRANT
                ? witness.grant(name, request, now).answer()
                : witness.release(name, request).answer();
    }

    private int grant(int side, long token, long generation) {
        long named =
                bug(Sabotage.ASK_WITH_FRESH_GENERATION)
                        ? simulation.scheduler().nowNs() + side
                        : generation;
        WitnessAnswer answer = ask(side, WitnessRequest.grant("data", named, session(side), token));
        if (bug(Sabotage.RELEASE_AT_ONCE)) {
            ask(side, WitnessRequest.release("data", session(side), token));
        }
        if (bug(Sabotage.GRANT_TO_ALL)) {
            return PEER_DOWN;
        }
        return switch (answer.verdict()) {
            case GRANTED -> PEER_DOWN;
            case HELD -> PEER_IS_PRIMARY;
            default -> BROKEN;
        };
    }

    private int release(int side, long token) {
        WitnessAnswer answer = ask(side, WitnessRequest.release("data", session(side), token));
        if (answer.rule().equals(WitnessRule.OTHER_SESSION.label())) {
            long nobodys = simulation.scheduler().nowNs() * 2 + side;
            ask(side, WitnessRequest.grant("data", nobodys, session(side), token));
            ask(side, WitnessRequest.release("data", session(side), token));
        }
        return 0;
    }

    private long session(int side) {
        return simulation.node(side).incarnation() + 1;
    }
}
