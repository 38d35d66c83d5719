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
    SYNC_TARGET(5, "SyncTarget");

    private final int code;
    private final String label;

    ReplicationState(int code, String label) {
        if (code != ordinal()) {
            throw new IllegalArgumentException("code " + code + " of " + name());
        }
        this.code = code;
        this.label = label;
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
