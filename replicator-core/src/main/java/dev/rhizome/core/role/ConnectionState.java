package dev.rhizome.core.role;

/** The link to the peer. Codes are exported as metrics. */
public enum ConnectionState {
    /** Not connected and not trying; by command, or because the handshake refused the peer. */
    STAND_ALONE(0, "StandAlone"),
    /** Trying to reach the peer. */
    CONNECTING(1, "Connecting"),
    /** Linked; the peers are comparing what they remember. */
    NEGOTIATING(2, "Negotiating"),
    /** Linked and agreed. */
    CONNECTED(3, "Connected");

    private final int code;
    private final String label;

    ConnectionState(int code, String label) {
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

    /** DRBD's spelling, where it has one. */
    public String label() {
        return label;
    }
}
