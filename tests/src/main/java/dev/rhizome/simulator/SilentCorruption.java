package dev.rhizome.simulator;

import dev.rhizome.core.Limits;

/**
 * A sector of one disk that holds what nobody has written. What it is about is not judged until it
 * is the same on both disks again: overwritten by a client, or by a repair, whichever way.
 */
final class SilentCorruption {
    private static final long MARK = 1L << 62;

    private final SimNode[] nodes;
    private int sector = -1;
    private int side;
    private long stamp;
    private long count;
    private long since;

    /** The node whose verify was over and has it on record; -1 if there is none. */
    private int foundBy = -1;

    SilentCorruption(SimNode[] nodes) {
        this.nodes = nodes;
    }

    /** Whether there is one that is not mended yet. */
    boolean any() {
        return sector >= 0;
    }

    /** Whether the sector is not to be judged. */
    boolean covers(int which) {
        return which == sector;
    }

    void strike(int node, int where, long now) {
        sector = where;
        side = node;
        stamp = MARK | ++count;
        since = now;
        foundBy = -1;
        nodes[node].disk().corrupt(where, stamp);
    }

    /** The node whose completed verify has found it; -1 if none has. */
    int foundBy() {
        return foundBy;
    }

    /** Whether the disks differ there now. */
    private boolean differs() {
        return any() && nodes[0].disk().visible(sector) != nodes[1].disk().visible(sector);
    }

    private long block() {
        return (long) sector * nodes[0].sectorBytes() / Limits.BLOCK_BYTES;
    }

    private boolean marked(int node) {
        var replica = nodes[node].replica();
        return replica != null && replica.bitmap().isSet(block());
    }

    /**
     * INV-19: a verify that was over the whole volume has found it, if it was there all the time.
     *
     * @param began when the verify began
     */
    void verified(int node, long began) {
        boolean there = nodes[side].disk().visible(sector < 0 ? 0 : sector) == stamp;
        if (!any() || began <= since || !there || !differs()) {
            foundBy = -1;
            return;
        }
        if (!marked(node)) {
            throw new Violation(
                    "INV-19",
                    nodes[node].name() + " has not found that sector " + sector + " differs");
        }
        foundBy = node;
    }

    /** INV-06: what was found stays on record until it is the same. */
    void requireMarked() {
        if (!differs()) {
            // From here on a difference is that of a change under way.
            foundBy = -1;
        }
        if (foundBy >= 0 && differs() && inStep(0) && inStep(1) && !marked(foundBy)) {
            throw new Violation(
                    "INV-06",
                    nodes[foundBy].name() + " has forgotten that sector " + sector + " differs");
        }
    }

    private boolean inStep(int node) {
        var replica = nodes[node].replica();
        return replica != null && Settlement.established(replica);
    }

    /** Whether it is the same on both disks by now, for good; the stamp that it has. */
    boolean mended() {
        if (!any()) {
            return false;
        }
        long now = nodes[0].disk().visible(sector);
        return nodes[1].disk().visible(sector) == now && lasts(0, now) && lasts(1, now);
    }

    /** A flush that is under way may still put down what was there before. */
    private boolean lasts(int node, long stamp) {
        SimDisk disk = nodes[node].disk();
        return disk.durable(sector) == stamp && !disk.caches(sector);
    }

    int sector() {
        return sector;
    }

    void over() {
        sector = -1;
        foundBy = -1;
    }
}
