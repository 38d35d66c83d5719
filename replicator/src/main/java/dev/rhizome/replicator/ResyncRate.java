package dev.rhizome.replicator;

import org.jspecify.annotations.Nullable;

/** The rate of a resync over the last seconds, from samples that the timer takes. */
final class ResyncRate {
    private static final int SAMPLES = 8;

    private final long[] timesNs = new long[SAMPLES];
    private final long[] doneBytes = new long[SAMPLES];
    private int count;

    /** Notes where the resync is; a step back begins a new one. */
    void sample(long nowNs, long totalBytes, long done) {
        if (totalBytes == 0 || (count > 0 && done < doneBytes[(count - 1) % SAMPLES])) {
            count = 0;
        }
        if (totalBytes > 0) {
            timesNs[count % SAMPLES] = nowNs;
            doneBytes[count % SAMPLES] = done;
            count++;
        }
    }

    /** The progress, or null if no resync runs. */
    @Nullable ResyncProgress progress(long nowNs, long totalBytes, long done) {
        if (totalBytes == 0) {
            return null;
        }
        if (count == 0) {
            return new ResyncProgress(totalBytes, done, 0, -1);
        }
        int oldest = count <= SAMPLES ? 0 : count % SAMPLES;
        long elapsedNs = Math.max(1, nowNs - timesNs[oldest]);
        double perSecond = Math.max(0, done - doneBytes[oldest]) * 1e9 / elapsedNs;
        long left =
                perSecond < 1 ? -1 : (long) Math.ceil(Math.max(0, totalBytes - done) / perSecond);
        return new ResyncProgress(totalBytes, done, (long) perSecond, left);
    }
}
