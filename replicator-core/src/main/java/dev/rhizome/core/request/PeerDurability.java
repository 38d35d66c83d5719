package dev.rhizome.core.request;

/**
 * Whether the peer may hold changes that it has acknowledged but not made durable: a loss of power
 * there would take them back.
 */
final class PeerDurability {
    private long acknowledged;
    private long flushed;

    /** The peer has acknowledged a change. */
    void onAcknowledged() {
        acknowledged++;
    }

    /** A flush is sent now; give the answer to {@link #onFlushed}. */
    long mark() {
        return acknowledged;
    }

    /** The flush that was sent at this mark is done. */
    void onFlushed(long mark) {
        flushed = Math.max(flushed, mark);
    }

    /** Whether a loss of power may take changes back there. */
    boolean inDoubt() {
        return acknowledged > flushed;
    }
}
