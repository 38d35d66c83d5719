package dev.rhizome.core.resync;

import dev.rhizome.core.request.Operation;

/**
 * What a node's clients feel of a resync, told as <em>news</em>: a number that fits into an answer
 * to the source. What requests take without resync is measured in between: while no block is under
 * way on this node, and none has just been.
 */
public final class LatencyWatch {
    /** Nothing new. */
    static final long NO_NEWS = 0;

    /** No client asks for anything. */
    static final long IDLE = 1;

    private static final long ACTIVE = 2;
    private static final long WANTS_QUIET = 1;

    private static final long INTERVAL_NS = 100_000_000;
    private static final long PATIENCE_NS = 500_000_000;
    private static final int ENOUGH = 8;
    private static final int FEW = 4;

    /**
     * How long what a block has stirred up takes to settle; and longer than from one block to the
     * next at the usual floor, so that such a gap is not taken for calm.
     */
    private static final long SETTLE_NS = 35_000_000;

    /** How long a measure without resync is believed. */
    private static final long FRESH_NS = 10_000_000_000L;

    private final LatencyMeter meter = new LatencyMeter();
    private long goalNs;
    private int requests;
    private int blocks;
    private boolean quiet;
    private boolean calmKnown;
    private int calmSeen;
    private long quietSinceNs;
    private long lastCalmNs;
    private long lastActiveNs;
    private long busySinceNs;
    private long busyNs;
    private long lastNewsNs;
    private long restartedNs;

    /**
     * @param goalNs an average latency up to this is good in any case
     */
    LatencyWatch(long goalNs) {
        this.goalNs = goalNs;
    }

    /** Another goal. */
    void goal(long changedNs) {
        goalNs = changedNs;
    }

    /** A resync begins: what was measured before, perhaps without the peer, does not count. */
    void restart(long nowNs) {
        meter.clear();
        calmKnown = false;
        quiet = false;
        restartedNs = nowNs;
        lastNewsNs = nowNs;
        busyNs = 0;
    }

    /**
     * A client's request has come.
     *
     * @return whether it has come into calm, and so tells what a request takes without resync; not
     *     only those that also end in it, which would be the quick ones
     */
    public boolean submitted(long nowNs) {
        if (requests++ == 0) {
            busySinceNs = nowNs;
        }
        lastActiveNs = nowNs;
        return blocks == 0 && nowNs - quietSinceNs >= SETTLE_NS;
    }

    /** A client's request has been answered. */
    public void answered(
            long nowNs, Operation operation, long lengthBytes, long submittedNs, boolean calm) {
        if (--requests == 0) {
            busyNs += nowNs - Math.max(busySinceNs, lastNewsNs);
        }
        lastActiveNs = nowNs;
        if (submittedNs < restartedNs) {
            // It has waited for the nodes to agree, too.
            return;
        }
        if (calm) {
            meter.calm(operation, lengthBytes, nowNs - submittedNs);
            calmKnown = true;
            calmSeen++;
            lastCalmNs = nowNs;
        }
        if (!quiet) {
            meter.seen(operation, lengthBytes, nowNs - submittedNs);
        }
    }

    /** A block is under way on this node. */
    void blockBegan() {
        blocks++;
    }

    /** A block is not under way any more. */
    void blockEnded(long nowNs) {
        blocks--;
        quietSinceNs = nowNs;
    }

    /** The source lets the application alone for a moment: that does not count as felt. */
    void beginQuiet() {
        quiet = true;
        calmSeen = 0;
        meter.age();
    }

    /** The quiet moment is over. */
    void endQuiet(long nowNs) {
        quiet = false;
        lastNewsNs = nowNs;
        busyNs = 0;
        meter.clearRecent();
    }

    /**
     * Whether the quiet moment has told enough: for so long nothing has disturbed this node's
     * clients, if it has any, and enough of their requests were answered.
     */
    boolean quietEnough(long nowNs, long leastNs) {
        boolean calm = blocks == 0 && nowNs - quietSinceNs - SETTLE_NS >= leastNs;
        return calm && (calmSeen >= ENOUGH || requests == 0);
    }

    /** What has been felt since the last news; see {@link #ratio} and {@link #wantsQuiet}. */
    public long news(long nowNs) {
        long sinceNs = nowNs - lastNewsNs;
        if (sinceNs < INTERVAL_NS || quiet) {
            return NO_NEWS;
        }
        boolean busy = meter.samples() >= ENOUGH;
        boolean slow = meter.samples() >= FEW || busyNs(nowNs) * 2 >= sinceNs;
        if (!busy && sinceNs < PATIENCE_NS) {
            boolean idle = requests == 0 && nowNs - lastActiveNs >= PATIENCE_NS;
            return idle ? told(nowNs, IDLE) : NO_NEWS;
        }
        if (!busy && !slow) {
            return told(nowNs, IDLE);
        }
        long ratio = meter.ratio(goalNs);
        boolean stale = ratio == 0 || !calmKnown || nowNs - lastCalmNs >= FRESH_NS;
        return told(nowNs, ratio << 2 | ACTIVE | (stale ? WANTS_QUIET : 0));
    }

    /** For how long somebody has waited for an answer since the last news. */
    private long busyNs(long nowNs) {
        return busyNs + (requests > 0 ? nowNs - Math.max(busySinceNs, lastNewsNs) : 0);
    }

    private long told(long nowNs, long news) {
        lastNewsNs = nowNs;
        busyNs = 0;
        meter.clearRecent();
        return news;
    }

    /** Of news: in thousandths, how long requests took of what they take else; 0: not known. */
    static long ratio(long news) {
        return news >>> 2;
    }

    /** Of news: whether what requests take without resync is to be measured. */
    static boolean wantsQuiet(long news) {
        return (news & WANTS_QUIET) != 0;
    }
}
