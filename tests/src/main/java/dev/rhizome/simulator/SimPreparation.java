package dev.rhizome.simulator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Replica;
import java.util.HashMap;
import java.util.Map;

/**
 * What a node does before its data is replaced: it takes its time, may be refused, and keeps the
 * blocks that are about to be discarded where no crash reaches them.
 */
final class SimPreparation {
    private static final long MAX_NS = 50_000_000;
    private static final int REFUSED_PERMILLE = 50;

    private final SimNode node;
    private final Choices choices;

    /** What was kept, by sector. */
    private Map<Integer, Long> kept = new HashMap<>();

    SimPreparation(SimNode node, Choices choices) {
        this.node = node;
        this.choices = choices;
    }

    void take(long token, boolean keep, boolean whole) {
        boolean refused = choices.permille(REFUSED_PERMILLE);
        long delayNs = 1 + choices.below(MAX_NS);
        node.later(
                delayNs,
                engine -> {
                    if (keep && !refused && !node.sabotage(Sabotage.FORGET_DISCARDED)) {
                        kept = read(engine, whole);
                    }
                    node.trace("target prepared", token, kept.size(), refused ? 0 : 1);
                    String detail = refused ? "no room" : "kept " + kept.size() + " sectors";
                    engine.targetPrepared(node.nowNs(), token, !refused, detail);
                });
    }

    private Map<Integer, Long> read(Replica engine, boolean whole) {
        Map<Integer, Long> sectors = new HashMap<>();
        for (int sector = 0; sector < node.sectors(); sector++) {
            if (whole || engine.bitmap().isSet(block(sector))) {
                sectors.put(sector, node.disk().visible(sector));
            }
        }
        return sectors;
    }

    private long block(int sector) {
        return (long) sector * node.sectorBytes() / Limits.BLOCK_BYTES;
    }

    /** INV-21: the node is about to discard what it alone has. */
    void requireKept(Replica engine, boolean whole) {
        for (int sector = 0; sector < node.sectors(); sector++) {
            boolean lost = whole || engine.bitmap().isSet(block(sector));
            Long copy = kept.get(sector);
            if (lost && (copy == null || copy != node.disk().visible(sector))) {
                throw new Violation(
                        "INV-21",
                        node.name()
                                + " is about to discard sector "
                                + sector
                                + ", and it was not kept as it is");
            }
        }
    }
}
