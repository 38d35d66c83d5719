package dev.rhizome.core.role;

/** What flows over the link. Codes are exported as metrics. */
public enum ReplicationState {
    /** Nothing: not connected. */
    OFF(0, "Off"),
    /** Writes are mirrored. */
    ESTABLISHED(1, "Established"),
    /** A resync to the peer is being prepared. */
    STARTING_SYNC_SOURCE(2, "StartingSyncS"),
    /** A resync from the peer is being prepared. */
    STARTING_SYNC_TARGET(3, "StartingSyncT"),
    /** This node's data is copied to the peer. */
    SYNC_SOURCE(4, "SyncSource"),
    /** The peer's data is copied to this node. */
    SYNC_TARGET(5, "SyncTarget"),
    /** As SYNC_SOURCE, but no further blocks are copied for now. */
    PAUSED_SYNC_SOURCE(6, "PausedSyncS"),
    /** As SYNC_TARGET, but no further blocks are copied for now. */
    PAUSED_SYNC_TARGET(7, "PausedSyncT");

    private final int code;
    private final String label;

    ReplicationState(int code, String label) {
        if (code != ordinal()) {
            throw new IllegalArgumentException("code " + code + " of " + name());
        }
        this.code = code;
        this.label = label;
    }

    /** Whether blocks are copied to the peer, now or once a pause is over. */
    public boolean source() {
        return this == SYNC_SOURCE || this == PAUSED_SYNC_SOURCE;
    }

    /** Whether blocks are copied from the peer, now or once a pause is over. */
    public boolean target() {
        return this == SYNC_TARGET || this == PAUSED_SYNC_TARGET;
    }

    /** The stable code, in metrics. */
    public int code() {
        return code;
    }

    /** DRBD's spelling. */
    public String label() {
        return label;
    }
}
