package dev.rhizome.core.role;

/** What a node's disk is worth; the order matters. Codes are exported as metrics. */
public enum DiskState {
    /** No disk. */
    DISKLESS(0, "Diskless"),
    /** The metadata is being read. */
    ATTACHING(1, "Attaching"),
    /** The disk has failed and is being let go. */
    FAILED(2, "Failed"),
    /** Attached while connected; the peers are comparing what they remember. */
    NEGOTIATING(3, "Negotiating"),
    /** Part of the data is missing or old. */
    INCONSISTENT(4, "Inconsistent"),
    /** Good data of the past: known to be older than the peer's. */
    OUTDATED(5, "Outdated"),
    /** The peer's disk, while it is not connected. */
    UNKNOWN(6, "DUnknown"),
    /** Good data; whether it is the newest is not known before the peer has been asked. */
    CONSISTENT(7, "Consistent"),
    /** The newest data. */
    UP_TO_DATE(8, "UpToDate");

    private final int code;
    private final String label;

    DiskState(int code, String label) {
        if (code != ordinal()) {
            throw new IllegalArgumentException("code " + code + " of " + name());
        }
        this.code = code;
        this.label = label;
    }

    /** The stable code, on the wire and in metrics. */
    public int code() {
        return code;
    }

    /** DRBD's spelling. */
    public String label() {
        return label;
    }
}
