package dev.rhizome.core.role;

import dev.rhizome.core.wire.Hello;

/**
 * Whether this node's data still is what its own clients saw last, although the process that served
 * them has died (INV-18). Only then may a kernel device that has outlived the process go on: a file
 * system that is mounted on it keeps in memory what it has read.
 *
 * <p>It is so if the node died as Primary, nobody else has been Primary since, as far as this node
 * can know, and the generation is the one that was found at attach: whoever writes without this
 * node makes a new one first (INV-09), and whoever writes with it is a Primary that it knows of.
 */
public final class Continuity {
    private final NodeState state;
    private final long generation;
    private boolean unbroken;

    /**
     * At attach.
     *
     * @param state knows whether the peer has been Primary
     * @param diedAsPrimary whether the disk bears a Primary's mark
     * @param current the current generation that was found
     */
    public Continuity(NodeState state, boolean diedAsPrimary, long current) {
        this.state = state;
        unbroken = diedAsPrimary;
        generation = current;
    }

    /** The peer has said what it was while this node was gone. */
    public void onPeer(Hello.Flags peer) {
        if (peer.crashedPrimary() || peer.promotedAlone()) {
            end();
        }
    }

    /** New clients are about to be served: it will not be so again. */
    public void end() {
        unbroken = false;
    }

    /** Whether it will not be so again in this process's life. */
    public boolean isOver() {
        return !unbroken || state.peerWasPrimary();
    }

    /** Whether it is so, with this generation as the current one. */
    public boolean holds(long current) {
        return unbroken && current == generation && !state.peerWasPrimary();
    }
}
