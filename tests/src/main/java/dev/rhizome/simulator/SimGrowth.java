package dev.rhizome.simulator;

import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;

/**
 * A node's steps towards a larger volume: each takes its time, may be refused, and is lost or half
 * done if the process dies.
 */
final class SimGrowth {
    private static final long MAX_STEP_NS = 50_000_000;
    private static final int REFUSED_PERMILLE = 30;
    private static final int LOST_PERMILLE = 10;
    private static final int RECORD = 2;

    private final SimNode node;
    private final Choices choices;

    SimGrowth(SimNode node, Choices choices) {
        this.node = node;
        this.choices = choices;
    }

    void take(long token, DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {
        SimDisk disk = node.disk();
        boolean refused = choices.permille(REFUSED_PERMILLE);
        boolean lost = step == DiskGrowth.Step.MOVE && choices.permille(LOST_PERMILLE);
        long delayNs = 1 + choices.below(MAX_STEP_NS);
        boolean zeroes =
                step == DiskGrowth.Step.PREPARE
                        && zero
                        && !node.sabotage(Sabotage.SKIP_GROWTH_ZERO);
        if (zeroes) {
            long half = volumeBytes + (newBytes - volumeBytes) / 2 / 4096 * 4096;
            node.later(delayNs / 2, engine -> disk.zeroNew(volumeBytes, half));
        }
        node.later(
                delayNs,
                engine -> {
                    if (zeroes) {
                        disk.zeroNew(volumeBytes, newBytes);
                    }
                    DiskGrowth result =
                            switch (step) {
                                case SURVEY ->
                                        new DiskGrowth(
                                                disk.layout().capacityBytes(), null, "", false);
                                case PREPARE -> new DiskGrowth(0, null, "", false);
                                case MOVE -> new DiskGrowth(0, disk.layout(), "", false);
                            };
                    if (lost) {
                        result = new DiskGrowth(0, null, "a planned loss", true);
                    } else if (refused) {
                        result = DiskGrowth.failed("the device refuses");
                    }
                    node.trace("grown " + step, token, 0, 0);
                    engine.diskGrown(node.nowNs(), token, result);
                });
    }

    /** Whether this node, which has a bug, says that a size is on record that is not. */
    boolean claims(FrameHeader asked) {
        if (!node.sabotage(Sabotage.CLAIM_GROWTH) || asked.offsetBytes() != RECORD) {
            return false;
        }
        FrameHeader reply = new FrameHeader().set(FrameType.RESIZE_REPLY, asked.id(), 0);
        node.say(reply, ByteBuffer.allocate(0));
        return true;
    }
}
