package dev.rhizome.daemon.log;

import java.util.concurrent.TimeUnit;

/**
 * How many lines there are at most: something that comes and goes all the time, such as a link,
 * must not fill the journal and push out what else has happened. Lines up to {@value #BURST} may
 * come at once, and then {@value #PER_SECOND} a second.
 */
final class LineLimit {
    static final int BURST = 200;
    static final int PER_SECOND = 5;
    private static final long NS_PER_LINE = TimeUnit.SECONDS.toNanos(1) / PER_SECOND;

    private long lines = BURST;
    private long filledNs;
    private long leftOut;

    LineLimit(long nowNs) {
        filledNs = nowNs;
    }

    /**
     * Whether a line may go now.
     *
     * @return how many were left out before it; -1 if it is to be left out, too
     */
    synchronized long admit(long nowNs) {
        long more = (nowNs - filledNs) / NS_PER_LINE;
        filledNs += more * NS_PER_LINE;
        lines = Math.min(BURST, lines + more);
        if (lines == 0) {
            leftOut++;
            return -1;
        }
        lines--;
        long before = leftOut;
        leftOut = 0;
        return before;
    }

    /** What is said about those that were left out. */
    static String leftOut(long count) {
        return count + " lines were left out: there were too many in a short time";
    }
}
