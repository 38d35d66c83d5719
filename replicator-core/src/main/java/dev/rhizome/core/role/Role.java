package dev.rhizome.core.role;

/** What a node may do with the volume. Codes are exported as metrics. */
public enum Role {
    /** Not known: the peer, while it is not connected. */
    UNKNOWN(0, "Unknown"),
    /** Serves clients. */
    PRIMARY(1, "Primary"),
    /** Only mirrors. */
    SECONDARY(2, "Secondary");

    private final int code;
    private final String label;

    Role(int code, String label) {
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
