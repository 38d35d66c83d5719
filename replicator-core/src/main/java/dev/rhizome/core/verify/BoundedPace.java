package dev.rhizome.core.verify;

/** A rate that is not exceeded over more than a short burst. */
final class BoundedPace implements VerifyPace {
    private static final long BURST_NS = 20_000_000;

    private long bytesPerSecond;

    /** When all that has begun would be over at just this rate. */
    private long dueNs = Long.MIN_VALUE;

    /**
     * @param bytesPerSecond the rate; 0 for no bound
     */
    BoundedPace(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    /** Another rate; 0 for no bound. */
    void adjust(long changed) {
        bytesPerSecond = changed;
    }

    @Override
    public boolean mayBegin(long nowNs, int lengthBytes) {
        return bytesPerSecond == 0 || dueNs == Long.MIN_VALUE || dueNs - nowNs < BURST_NS;
    }

    @Override
    public long wakeNs() {
        return dueNs - BURST_NS / 2;
    }

    @Override
    public void began(long nowNs, int lengthBytes) {
        if (bytesPerSecond > 0) {
            long from = dueNs == Long.MIN_VALUE ? nowNs : Math.max(dueNs, nowNs);
            dueNs = from + (long) (lengthBytes * 1e9 / bytesPerSecond);
        }
    }

    @Override
    public void ended(long nowNs, int lengthBytes) {}
}
