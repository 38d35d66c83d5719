package dev.rhizome.simulator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Replica;
import dev.rhizome.core.request.CheckAnswer;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.verify.CheckOptions;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.core.verify.VerifyReport;
import dev.rhizome.core.wire.FrameHeader;
import org.jspecify.annotations.Nullable;

/**
 * Comparisons of the two disks: who orders a verify, which sectors go bad so that it has something
 * to find, and whether what the nodes say of each other's blocks is true (INV-19).
 */
final class SimChecks {
    private final Simulation simulation;
    private final Choices choices;
    private final boolean verifies;
    private final boolean corrupts;
    private final long pauseNs;
    private final CheckOptions options;
    private final long[] beganAt = new long[2];
    private long rounds;
    private boolean calm;

    SimChecks(Simulation simulation, Choices choices) {
        this.simulation = simulation;
        this.choices = choices;
        verifies = choices.permille(400);
        corrupts = verifies && choices.permille(600);
        pauseNs = choices.oneOf(20, 100, 500) * 1_000_000L;
        boolean checksums = choices.permille(500);
        options = new CheckOptions(checksums, choices.oneOf(0, 1, 8) * (4L << 20));
    }

    CheckOptions options() {
        return options;
    }

    void begin() {
        if (verifies) {
            simulation.scheduler().after(pauseNs, this::round);
        }
    }

    void calm() {
        calm = true;
    }

    private void round() {
        if (calm) {
            return;
        }
        long number = rounds++;
        Choices own = choices.fork("round", number);
        if (corrupts && own.permille(300)) {
            corrupt(number, own);
        }
        int side = own.permille(800) && simulation.operator().primary(1) ? 1 : own.below(2);
        if (simulation.fates().happens(Cause.VERIFY, number)) {
            simulation.operator().verify(side, order(own));
        }
        simulation.scheduler().after(1 + own.below(2 * pauseNs), this::round);
    }

    private VerifyOrder order(Choices own) {
        long bytes = simulation.swarm().volumeBytes();
        return switch (own.below(10)) {
            case 0 -> VerifyOrder.cancel();
            case 1, 2 -> VerifyOrder.repairFound();
            case 3, 4 -> VerifyOrder.start(own.below(bytes), own.below(bytes), own.permille(500));
            default -> VerifyOrder.start(0, 0, own.permille(500));
        };
    }

    private void corrupt(long number, Choices own) {
        SilentCorruption corruption = simulation.oracle().corruption();
        int side = own.below(2);
        int sector =
                own.below(Math.min(simulation.node(0).sectors(), simulation.node(1).sectors()));
        Replica a = simulation.node(0).replica();
        Replica b = simulation.node(1).replica();
        boolean inStep =
                a != null && b != null && Settlement.established(a) && Settlement.established(b);
        boolean idle = simulation.node(0).disk().idle() && simulation.node(1).disk().idle();
        if (inStep
                && idle
                && !corruption.any()
                && simulation.fates().happens(Cause.SILENT_CORRUPTION, number)) {
            simulation.trace().line("silent corruption", side, sector, 0);
            corruption.strike(side, sector, simulation.oracle().now());
        }
    }

    /** At the end all that has gone bad is found, and mended. */
    void settle() {
        SimOperator operator = simulation.operator();
        int side = operator.primary(1) ? 1 : 0;
        Replica replica = simulation.node(side).replica();
        if (!simulation.oracle().corruption().any() || replica == null || operator.pending() > 0) {
            return;
        }
        VerifyReport report = replica.verifyReport();
        boolean running = report != null && report.running();
        if (Settlement.established(replica) && !running) {
            operator.verify(side, VerifyOrder.start(0, 0, true));
        }
    }

    // ---- what the nodes say

    /** A verify has begun on a node. */
    void verifyBegins(int side) {
        beganAt[side] = simulation.oracle().now();
    }

    /** A verify has come to its end. */
    void verifyEnds(int side) {
        Replica replica = simulation.node(side).replica();
        VerifyReport report = replica == null ? null : replica.verifyReport();
        boolean whole =
                report != null
                        && report.startBytes() == 0
                        && report.stopBytes() == simulation.swarm().volumeBytes();
        if (whole) {
            simulation.oracle().corruption().verified(side, beganAt[side]);
        }
    }

    /** How many bytes a node's verify has found to differ. */
    static long foundBytes(@Nullable Replica replica) {
        VerifyReport report = replica == null ? null : replica.verifyReport();
        return report == null ? 0 : report.differentBytes();
    }

    /** INV-19: a node takes these blocks for different; both disks stand still there. */
    void requireDifferent(int side, FrameHeader result, long before) {
        if (foundBytes(simulation.node(side).replica()) == before) {
            return;
        }
        int mask = CheckAnswer.mask(result.argument());
        for (int block = 0; block < Integer.SIZE; block++) {
            long offset = result.offsetBytes() + (long) block * Limits.BLOCK_BYTES;
            if ((mask >>> block & 1) != 0 && !differs(offset)) {
                throw new Violation(
                        "INV-19",
                        simulation.node(side).name()
                                + " finds a difference that is none in the block at "
                                + offset);
            }
        }
    }

    /**
     * INV-19: a SyncTarget tells its source which blocks differ; both disks stand still there, as
     * long as the source is there to hold its range.
     */
    void requireExact(FrameHeader answer) {
        boolean good = CheckAnswer.status(answer.argument()) == IoStatus.OK;
        if (!good || !simulation.link().reallyUp()) {
            return;
        }
        int mask = CheckAnswer.mask(answer.argument());
        for (int block = 0; block < CheckAnswer.blocks(answer.lengthBytes()); block++) {
            long offset = answer.offsetBytes() + (long) block * Limits.BLOCK_BYTES;
            boolean told = (mask >>> block & 1) != 0;
            if (told != differs(offset) && !corrupt(offset)) {
                throw new Violation(
                        "INV-19",
                        "the block at "
                                + offset
                                + " is called "
                                + (told ? "different" : "the same")
                                + ", and is not");
            }
        }
    }

    private boolean differs(long offsetBytes) {
        int first = (int) (offsetBytes / simulation.swarm().sectorBytes());
        int count = Limits.BLOCK_BYTES / simulation.swarm().sectorBytes();
        for (int sector = first; sector < first + count; sector++) {
            if (simulation.node(0).disk().visible(sector)
                    != simulation.node(1).disk().visible(sector)) {
                return true;
            }
        }
        return false;
    }

    /** It may have gone bad since it was read. */
    private boolean corrupt(long offsetBytes) {
        SilentCorruption corruption = simulation.oracle().corruption();
        long at = (long) corruption.sector() * simulation.swarm().sectorBytes();
        return corruption.any() && at / Limits.BLOCK_BYTES == offsetBytes / Limits.BLOCK_BYTES;
    }
}
