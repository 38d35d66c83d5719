package dev.rhizome.core.handshake;

/** What a node does after the handshake. */
public enum Verdict {
    /** Both have the same: mirror from now on. */
    NO_SYNC,
    /** Copy this node's data to the peer. */
    SYNC_SOURCE,
    /** Take the peer's data. */
    SYNC_TARGET,
    /** Part, and stay apart until an operator decides. */
    DISCONNECT;

    /** The same decision seen from the peer. */
    public Verdict mirror() {
        return switch (this) {
            case SYNC_SOURCE -> SYNC_TARGET;
            case SYNC_TARGET -> SYNC_SOURCE;
            case NO_SYNC, DISCONNECT -> this;
        };
    }
}
