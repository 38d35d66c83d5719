package dev.rhizome.simulator;

import dev.rhizome.core.resize.DiskGrowth;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A node's steps towards a larger volume: each may be refused, or be the last of its process. */
final class PairGrowth {
    static final long STEP_NS = 1000;

    private final PairDisk disk;
    private DiskGrowth.@Nullable Step lastStep;
    private DiskGrowth.@Nullable Step refused;
    private @Nullable DiskGrowth refusal;

    PairGrowth(PairDisk disk) {
        this.disk = disk;
    }

    void dieIn(DiskGrowth.Step step) {
        lastStep = step;
    }

    void answer(DiskGrowth.Step step, DiskGrowth with) {
        refused = step;
        refusal = with;
    }

    /** Whether the process dies in this step. */
    boolean dies(DiskGrowth.Step step) {
        boolean now = lastStep == step;
        if (now) {
            lastStep = null;
        }
        return now;
    }

    void take(
            DiskGrowth.Step step,
            long volumeBytes,
            long newBytes,
            boolean zero,
            Consumer<DiskGrowth> done) {
        DiskGrowth told = refusal;
        if (refused == step && told != null) {
            refused = null;
            done.accept(told);
            return;
        }
        if (step == DiskGrowth.Step.PREPARE && zero) {
            disk.current().zeroNew(volumeBytes, newBytes);
            disk.newIsZero(volumeBytes, newBytes);
        }
        long capacity =
                step == DiskGrowth.Step.SURVEY ? disk.current().layout().capacityBytes() : 0;
        boolean moves = step == DiskGrowth.Step.MOVE;
        done.accept(new DiskGrowth(capacity, moves ? disk.current().layout() : null, "", false));
    }
}
