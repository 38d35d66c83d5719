package dev.rhizome.core.resync;

import org.jspecify.annotations.Nullable;

/** What keeps a resync from going faster. Codes are on the wire and in metrics. */
public enum SyncLimit {
    /** Nothing but disks and link. */
    NONE(0, "none"),
    /** Clients would wait too much longer than they do without the resync. */
    APPLICATION_LATENCY(1, "application-latency"),
    /** The configured ceiling. */
    MAX_RATE(2, "max-rate"),
    /** {@code pause-sync} on this node. */
    PAUSED_BY_USER(3, "paused-by-user"),
    /** {@code pause-sync} on the peer. */
    PAUSED_BY_PEER(4, "paused-by-peer"),
    /** The target takes long to answer. */
    TARGET_SLOW(5, "target-slow");

    private static final SyncLimit[] ALL = values();

    private final int code;
    private final String label;

    SyncLimit(int code, String label) {
        if (code != ordinal()) {
            throw new IllegalArgumentException("code " + code + " of " + name());
        }
        this.code = code;
        this.label = label;
    }

    /** The stable code. */
    public int code() {
        return code;
    }

    /** The name in status, events and logs. */
    public String label() {
        return label;
    }

    /** The limit of a code; null if there is none. */
    public static @Nullable SyncLimit ofCode(long code) {
        return code >= 0 && code < ALL.length ? ALL[(int) code] : null;
    }
}
