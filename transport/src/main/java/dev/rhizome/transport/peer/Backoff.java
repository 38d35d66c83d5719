package dev.rhizome.transport.peer;

import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: each time twice as long, up to a limit, and varied by a
 * fifth, so that two nodes do not go on calling each other at the same moment.
 */
final class Backoff {
    /** The longest wait is so many times the shortest. */
    static final int CAP = 10;

    private final long baseNs;
    private final RandomGenerator random;
    private long nextNs;

    /**
     * @param baseNs the first wait
     * @param random varies it
     */
    Backoff(long baseNs, RandomGenerator random) {
        this.baseNs = baseNs;
        this.random = random;
        nextNs = baseNs;
    }

    /** How long to wait now; longer the next time. */
    long nextNs() {
        long waitNs = nextNs;
        nextNs = Math.min(2 * nextNs, CAP * baseNs);
        return waitNs - waitNs / 5 + random.nextLong(2 * waitNs / 5 + 1);
    }

    /** A moment, when there is no reason to wait but not to collide. */
    long momentNs() {
        return random.nextLong(baseNs / 4 + 1);
    }

    /** A link has lasted: all is well again. */
    void reset() {
        nextNs = baseNs;
    }
}
