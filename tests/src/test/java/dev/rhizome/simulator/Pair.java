package dev.rhizome.simulator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Two real engines that a test leads step by step: simulated disks, a link with a fixed delay, and
 * a virtual clock. It waits for what happens, never for time.
 */
public final class Pair {
    private static final int STEP_LIMIT = 100_000;
    private static final int LINES_OF_A_FAILURE = 60;

    private final Scheduler scheduler = new Scheduler();
    private final Trace trace =
            new Trace(scheduler, Boolean.getBoolean("rhizome.trace"), LINES_OF_A_FAILURE);
    private final PairShell[] shells = new PairShell[2];
    private final PairNode a;
    private final PairNode b;
    private final PairLink link;
    private final Content content;
    private final Set<HandshakeRule> asserted = EnumSet.noneOf(HandshakeRule.class);
    private final long[] handshakesSeen = new long[2];
    private long token;

    /** Two nodes with blank disks, not started. */
    public Pair(NodeSetup setupA, NodeSetup setupB) {
        shells[0] = new PairShell(0, this, scheduler, setupA);
        shells[1] = new PairShell(1, this, scheduler, setupB);
        link = new PairLink(scheduler, shells);
        content = new Content(setupA.allSectors(), setupB.allSectors());
        a = new PairNode(0, this, shells[0]);
        b = new PairNode(1, this, shells[1]);
    }

    /** The node whose name wins ties. */
    public PairNode a() {
        return a;
    }

    /** The other one. */
    public PairNode b() {
        return b;
    }

    /** Starts both. */
    public void start() {
        a.start();
        b.start();
    }

    /** From blank disks: A becomes Primary, its data is copied to B, everything is durable. */
    public void beginWith(long stampA) {
        a.fill(stampA);
        start();
        handshake(HandshakeRule.JUST_CREATED_BOTH);
        a.must(CommandKind.PROMOTE_FORCE);
        untilInSync();
        a.flush();
        quiet();
        mark();
    }

    // ---- the link

    /** Breaks it; it stays down until {@link #heal}. What was seen so far counts no more. */
    public void cut() {
        link.cut();
        untilParted();
        mark();
    }

    /** It may come up again. */
    public void heal() {
        link.heal();
    }

    /** This frame, from now on the n-th of its type, and all after it get lost. */
    public void loseAt(FrameType type, int nth) {
        link.trap(new Trap(Trap.Action.LOSE, type, nth));
    }

    /** This frame arrives, and what it leads to gets lost. */
    public void cutAfter(FrameType type, int nth) {
        link.trap(new Trap(Trap.Action.CUT_AFTER, type, nth));
    }

    /** This frame and all after it in its direction are kept back until {@link #release}. */
    public void holdFrom(FrameType type, int nth) {
        link.trap(new Trap(Trap.Action.HOLD, type, nth));
    }

    /** Waits until frames are kept back. */
    public void untilHeld() {
        until("frames are kept back", link::holding);
        quietLink();
    }

    /** What was kept back goes on its way. */
    public void release() {
        link.release();
    }

    /** Waits until both nodes know that the link is down. */
    public void untilParted() {
        until("the link is down", link::down);
    }

    /** Waits until a trap has sprung, both nodes know that the link is down, and all is quiet. */
    public void untilTrapped() {
        until("the frame is sent", link::trapped);
        untilParted();
        quietLink();
        mark();
    }

    /** Both nodes' hellos tell of versions that have nothing in common. */
    public void speakDifferentVersions() {
        link.stateVersion(0, 1);
        link.stateVersion(1, 99);
    }

    /** The blocks that the last resync has sent. */
    public Set<Integer> copied() {
        return Set.copyOf(link.copied());
    }

    // ---- waiting

    /** Waits; too long is a failure. */
    public void until(String what, BooleanSupplier reached) {
        for (int steps = 0; !reached.getAsBoolean(); steps++) {
            if (steps == STEP_LIMIT) {
                throw failure("not reached: " + what);
            }
            step(what);
        }
    }

    private void step(String what) {
        try {
            if (!scheduler.step()) {
                throw failure("nothing happens any more, not reached: " + what);
            }
        } catch (Violation e) {
            throw failure(e.getMessage(), e);
        }
        if (connectedPrimary(a) && connectedPrimary(b) && link.reallyUp()) {
            throw failure("INV-05: two connected Primaries");
        }
    }

    private static boolean connectedPrimary(PairNode node) {
        Replica replica = node.shell().replica();
        return replica != null
                && replica.state().role() == Role.PRIMARY
                && replica.state().connection() == ConnectionState.CONNECTED;
    }

    /** Waits until both have all, are connected, and nothing is under way. */
    public void untilInSync() {
        until("both UpToDate and connected", () -> a.established() && b.established());
        quiet();
    }

    /** What is copied of what was kept back. */
    public Set<Integer> heldBlocks() {
        return link.heldBlocks();
    }

    /** Waits until so much time has passed: for what must not have happened by then. */
    public void after(long delayNs) {
        boolean[] over = new boolean[1];
        scheduler.after(delayNs, () -> over[0] = true);
        until("so much later", () -> over[0]);
    }

    /** Waits until nothing is under way but timers. */
    public void quiet() {
        until("quiet", () -> shells[0].quiet() && shells[1].quiet() && link.quiet());
    }

    /** Waits until nothing is under way on disks and link; clients may still wait. */
    public void quietLink() {
        until(
                "quiet disks and link",
                () -> a.shell().disk().idle() && b.shell().disk().idle() && link.quiet());
    }

    /** Waits for the next handshake on both; A must have decided by this rule, B by its mirror. */
    public void handshake(HandshakeRule ruleOfA) {
        until(
                "a handshake on both, " + ruleOfA.label(),
                () ->
                        shells[0].handshakes() > handshakesSeen[0]
                                && shells[1].handshakes() > handshakesSeen[1]);
        handshakesSeen[0] = shells[0].handshakes();
        handshakesSeen[1] = shells[1].handshakes();
        requireRule(a, ruleOfA);
        requireRule(b, ruleOfA.mirror());
    }

    /** No handshake and no block that was copied so far is looked at any more. */
    public void mark() {
        link.copied().clear();
        handshakesSeen[0] = shells[0].handshakes();
        handshakesSeen[1] = shells[1].handshakes();
    }

    private void requireRule(PairNode node, HandshakeRule rule) {
        HandshakeRule decided = node.handshake().decision().rule();
        if (decided != rule) {
            throw failure(node.shell().name() + " decided by " + decided + ", not by " + rule);
        }
        asserted.add(rule);
    }

    /** The rules that {@link #handshake} has found. */
    public Set<HandshakeRule> asserted() {
        return asserted;
    }

    // ---- the end

    /** Both disks are the same, and what clients were told. */
    public void requireIdentical() {
        quiet();
        if (!a.shell().disk().sameAs(b.shell().disk())) {
            throw failure("INV-12: the disks differ, the first time in " + firstDifference());
        }
        requireContent();
        if (a.generations().current() != b.generations().current()) {
            throw failure("INV-12: the generations differ");
        }
    }

    private String firstDifference() {
        int sector = 0;
        while (a.shell().disk().visible(sector) == b.shell().disk().visible(sector)) {
            sector++;
        }
        return "sector "
                + sector
                + ": "
                + Long.toHexString(a.shell().disk().visible(sector))
                + " / "
                + Long.toHexString(b.shell().disk().visible(sector));
    }

    /** Each disk by itself holds what clients were told. */
    public void requireContent() {
        for (int side = 0; side < 2; side++) {
            SimDisk disk = shells[side].disk();
            for (int sector = 0; sector < disk.volumeSectors(); sector++) {
                if (!content.of(side).mayRead(sector, disk.visible(sector))) {
                    throw failure(
                            "INV-02: "
                                    + shells[side].name()
                                    + " holds "
                                    + Long.toHexString(disk.visible(sector))
                                    + " in sector "
                                    + sector
                                    + ", allowed "
                                    + content.of(side).describe(sector));
                }
            }
            if (shells[side].replica() != null && shells[side].pool().outCount() != 0) {
                throw failure(shells[side].name() + " has leaked payloads");
            }
        }
    }

    AssertionError failure(String what) {
        return failure(what, null);
    }

    private AssertionError failure(@Nullable String what, @Nullable Throwable cause) {
        List<String> lines = trace.last(LINES_OF_A_FAILURE);
        return new AssertionError(String.join("\n", lines) + "\n" + what, cause);
    }

    long nextToken() {
        return ++token;
    }

    PairLink link() {
        return link;
    }

    Trace trace() {
        return trace;
    }

    Content content() {
        return content;
    }
}
