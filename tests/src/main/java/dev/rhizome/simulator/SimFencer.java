package dev.rhizome.simulator;

import dev.rhizome.core.metadata.Superblock;

/**
 * What a cluster manager that fences knows before it promotes: the other node is not ahead. The
 * engine has no fencing of its own yet; in runs that allow split brains nobody is asked, and the
 * right end of such a run is that both nodes tell of it (INV-10).
 */
final class SimFencer {
    private final SimNode[] nodes;
    private final Oracle oracle;
    private final boolean asleep;

    /**
     * @param asleep whether it lets everybody pass
     */
    SimFencer(SimNode[] nodes, Oracle oracle, boolean asleep) {
        this.nodes = nodes;
        this.oracle = oracle;
        this.asleep = asleep;
    }

    /** Whether the node may become Primary: no write would be lost unseen. */
    boolean lets(int side) {
        Superblock other = nodes[1 - side].superblock();
        boolean half = !other.has(Superblock.Flag.CONSISTENT);
        boolean heir = half || oracle.knows(side, other.generations().current());
        return asleep || (heir && !oracle.lonely(1 - side));
    }
}
