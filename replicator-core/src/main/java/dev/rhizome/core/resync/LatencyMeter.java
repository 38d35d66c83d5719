package dev.rhizome.core.resync;

import dev.rhizome.core.request.Operation;
import java.util.Arrays;

/**
 * How much longer requests take beside a resync than they would without. Requests are compared with
 * their like: a load that changes its mix of reads and writes, small and large, does not look like
 * one that suffers. Allocates nothing.
 */
final class LatencyMeter {
    /** The ratio of requests that take as long as ever. */
    static final int AS_EVER = 1000;

    private static final int SIZES = 4;
    private static final int CLASSES = 3 * SIZES;

    /** So many calm requests of a kind tell what it takes. */
    private static final int ENOUGH = 4;

    /** So many of an earlier measure count beside a new one. */
    private static final int KEPT = 16;

    /** From so many on, the older half counts half: what a request takes may change. */
    private static final int MOST = 256;

    private final long[] calmNs = new long[CLASSES];
    private final int[] calm = new int[CLASSES];
    private final long[] recentNs = new long[CLASSES];
    private final int[] recent = new int[CLASSES];
    private int samples;

    /** Forgets all. */
    void clear() {
        Arrays.fill(calmNs, 0);
        Arrays.fill(calm, 0);
        clearRecent();
    }

    /** A new measure begins: what was measured before counts for little beside it. */
    void age() {
        for (int kind = 0; kind < CLASSES; kind++) {
            int kept = Math.min(calm[kind], KEPT);
            calmNs[kind] = kept == 0 ? 0 : calmNs[kind] / calm[kind] * kept;
            calm[kind] = kept;
        }
    }

    /** A request was answered that no resync has touched. */
    void calm(Operation operation, long lengthBytes, long latencyNs) {
        int kind = kind(operation, lengthBytes);
        if (calm[kind] >= MOST) {
            calm[kind] /= 2;
            calmNs[kind] /= 2;
        }
        calm[kind]++;
        calmNs[kind] += latencyNs;
    }

    /** A request was answered as the application sees it now. */
    void seen(Operation operation, long lengthBytes, long latencyNs) {
        int kind = kind(operation, lengthBytes);
        recent[kind]++;
        recentNs[kind] += latencyNs;
        samples++;
    }

    /** How many were seen since the last {@link #clearRecent}. */
    int samples() {
        return samples;
    }

    void clearRecent() {
        Arrays.fill(recentNs, 0);
        Arrays.fill(recent, 0);
        samples = 0;
    }

    /**
     * In thousandths, how long the requests seen took of what they would have taken.
     *
     * @param goalNs an average up to this is as good as ever
     * @return 0 if that is not known for most of them
     */
    int ratio(long goalNs) {
        long tookNs = 0;
        long comparedNs = 0;
        double expectedNs = 0;
        int known = 0;
        for (int kind = 0; kind < CLASSES; kind++) {
            tookNs += recentNs[kind];
            if (recent[kind] > 0 && calm[kind] >= ENOUGH) {
                comparedNs += recentNs[kind];
                expectedNs += (double) calmNs[kind] / calm[kind] * recent[kind];
                known += recent[kind];
            }
        }
        if (samples > 0 && tookNs / samples <= goalNs) {
            return AS_EVER;
        }
        if (known * 2 <= samples || expectedNs < 1) {
            return 0;
        }
        return (int) Math.min(1_000_000, comparedNs * AS_EVER / expectedNs);
    }

    private static int kind(Operation operation, long lengthBytes) {
        int row = operation == Operation.READ ? 0 : operation.changes() ? 1 : 2;
        int size =
                lengthBytes <= 4096 ? 0 : lengthBytes <= 16384 ? 1 : lengthBytes <= 65536 ? 2 : 3;
        return row * SIZES + size;
    }
}
