package dev.rhizome.core.policy;

/**
 * {@code fencing}: what a node that has lost its peer does before it goes on alone, or is promoted
 * without it (DRBD's man page, net section; docs/fencing.md).
 */
public enum FencingPolicy implements Policy {
    /** Nothing. */
    NONE,
    /** The handler {@code fence-peer} is called, and clients are served meanwhile. */
    RESOURCE_ONLY,
    /** The same, and clients wait for its answer. */
    RESOURCE_AND_STONITH,
    /** The witness is asked, and clients wait for its answer. */
    WITNESS;

    /** Whether somebody is asked at all. */
    public boolean asks() {
        return this != NONE;
    }

    /** Whether clients wait for the answer. */
    public boolean freezes() {
        return this == RESOURCE_AND_STONITH || this == WITNESS;
    }
}
