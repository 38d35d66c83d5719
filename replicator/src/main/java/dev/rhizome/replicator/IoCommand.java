package dev.rhizome.replicator;

/** What an operator may say about who writes. */
public enum IoCommand {
    /** Clients wait. */
    SUSPEND,
    /** Clients go on, whatever they wait for. */
    RESUME,
    /** This node's data counts as old: it is not promoted with it. */
    OUTDATE
}
