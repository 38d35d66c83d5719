package dev.rhizome.replicator;

/**
 * How long an event loop looks for events before it sleeps. To wake a processor takes longer than
 * most of what a request needs, in a virtual machine above all. The window opens while waits are
 * short; long waits close it, so that an idle loop does not look at all.
 */
final class PollWindow {
    private static final long FIRST_NS = 20_000;

    private final long longestNs;
    private long lengthNs;

    /**
     * @param longestNs the longest window; 0: there is none
     */
    PollWindow(long longestNs) {
        this.longestNs = longestNs;
    }

    /** How long to look now; 0: not at all. */
    long lengthNs() {
        return lengthNs;
    }

    /** The loop has slept, and events have come so long after it began to wait. */
    void waited(long waitedNs) {
        if (waitedNs <= longestNs) {
            lengthNs = Math.min(longestNs, Math.max(FIRST_NS, 2 * lengthNs));
        } else {
            lengthNs = lengthNs > FIRST_NS ? lengthNs / 2 : 0;
        }
    }
}
