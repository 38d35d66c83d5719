package dev.rhizome.core.request;

import java.util.Arrays;

/**
 * Counts how long operations have taken, in steps that grow as 1, 2, 5. Adding allocates nothing.
 */
public final class LatencyHistogram {
    private static final long[] UP_TO_NS = {
        50_000L,
        100_000L,
        200_000L,
        500_000L,
        1_000_000L,
        2_000_000L,
        5_000_000L,
        10_000_000L,
        20_000_000L,
        50_000_000L,
        100_000_000L,
        200_000_000L,
        500_000_000L,
        1_000_000_000L,
        2_000_000_000L,
        5_000_000_000L,
        10_000_000_000L
    };

    private final long[] counts = new long[UP_TO_NS.length + 1];
    private long sumNs;

    /** An operation has taken so long. */
    public void add(long tookNs) {
        int found = Arrays.binarySearch(UP_TO_NS, tookNs);
        counts[found >= 0 ? found : -found - 1]++;
        sumNs += tookNs;
    }

    /** How many have taken up to each of {@link #upToNs}, and not up to the one before; a copy. */
    public long[] counts() {
        return counts.clone();
    }

    /** What all have taken together. */
    public long sumNs() {
        return sumNs;
    }

    /**
     * The upper ends of the steps, each included; what is beyond the last one is a further step.
     */
    public static long[] upToNs() {
        return UP_TO_NS.clone();
    }
}
