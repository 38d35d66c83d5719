package dev.rhizome.core.link;

/** How long something has been waited for without any progress. */
final class Patience {
    private boolean waiting;
    private long mark;
    private long sinceNs;

    /**
     * Looks once more.
     *
     * @param waitingNow whether there is anything to wait for
     * @param markNow a number that changes with every bit of progress
     * @param nowNs the time
     * @param limitNs how long is too long
     * @return whether it has taken too long
     */
    boolean exhausted(boolean waitingNow, long markNow, long nowNs, long limitNs) {
        if (!waitingNow) {
            waiting = false;
            return false;
        }
        if (!waiting || mark != markNow) {
            waiting = true;
            mark = markNow;
            sinceNs = nowNs;
            return false;
        }
        return nowNs - sinceNs >= limitNs;
    }
}
