package dev.rhizome.replicator;

import dev.rhizome.core.request.LatencyHistogram;

/** How long the disk takes for each kind of operation on volume data. Allocates nothing. */
final class DiskLatencies {
    static final byte READ = 0;
    static final byte WRITE = 1;
    static final byte FLUSH = 2;

    private final LatencyHistogram[] kinds = {
        new LatencyHistogram(), new LatencyHistogram(), new LatencyHistogram()
    };
    private final byte[] kindOf;
    private final long[] beganNs;

    /**
     * @param operations how many can be under way at a time
     */
    DiskLatencies(int operations) {
        kindOf = new byte[operations];
        beganNs = new long[operations];
    }

    void begin(int operation, byte kind) {
        kindOf[operation] = kind;
        beganNs[operation] = System.nanoTime();
    }

    void done(int operation) {
        kinds[kindOf[operation]].add(System.nanoTime() - beganNs[operation]);
    }

    LatencyHistogram reads() {
        return kinds[READ];
    }

    LatencyHistogram writes() {
        return kinds[WRITE];
    }

    LatencyHistogram flushes() {
        return kinds[FLUSH];
    }
}
