package dev.rhizome.core.resync;

import dev.rhizome.core.policy.PaceSettings;

/**
 * The rate of a resync on its source: all that disks and link give while the application is idle;
 * beside an application, as much as keeps its latency within the goal, never less than the floor,
 * never more than the ceiling (docs/decisions/0019-a-resync-that-yields.md).
 *
 * <p>What the application feels comes as news from the Primary, which may be either node: the
 * excess over the latency without resync is taken to grow with the rate, so one step goes to where
 * it should meet the goal; upwards in small steps. What the latency is without resync is measured
 * in quiet moments. A pure function of its inputs and their times; allocates nothing.
 */
public final class SyncPace implements Pace {
    private static final double UNLIMITED = Double.MAX_VALUE;
    private static final long SECOND_NS = 1_000_000_000;

    /** The application's news come so often at most; so does a decision. */
    private static final long INTERVAL_NS = 100_000_000;

    /** A ratio that makes the rate fall as steeply as it may. */
    private static final long UNKNOWN = 1_000_000;

    private static final double STEEPEST_FALL = 0.5;
    private static final double STEEPEST_RISE = 0.15;

    /** A rate that is not used up says nothing: it is kept near what is. */
    private static final double AHEAD_OF_DELIVERED = 1.5;

    /** What is granted at once: so much time of the floor makes up for a quiet moment. */
    private static final double FLOOR_BURST_SECONDS = 0.3;

    private static final double BURST_SECONDS = 0.01;
    private static final long LEAST_BURST_BYTES = 256 * 1024;

    private static final long LEAST_WAIT_NS = 500_000;

    /** A quiet moment: so long once nothing is under way, so long at most, and then not again. */
    private static final long QUIET_NS = 80_000_000;

    private static final long LONGEST_QUIET_NS = 400_000_000;
    private static final long BETWEEN_QUIET_NS = 2 * SECOND_NS;
    private static final long BETWEEN_QUIET_AT_FLOOR_NS = 3 * SECOND_NS;

    /** How long the rate that an application allowed is a good guess for its next burst. */
    private static final long REMEMBERED_NS = 60 * SECOND_NS;

    private static final long SLOW_ANSWER_NS = 250_000_000;

    private final LatencyWatch watch;
    private PaceSettings settings;
    private double floor;
    private double ceiling;
    private double rate = UNLIMITED;
    private double lastLimited = UNLIMITED;
    private long lastLimitedNs;
    private double tokens;
    private long smoothed = UNKNOWN;
    private long refilledNs;
    private long decidedNs;
    private long endedBytes;
    private long wakeNs;
    private boolean quiet;
    private long quietBeganNs;
    private long peerNews = LatencyWatch.NO_NEWS;
    private boolean peerActive;
    private boolean refused;
    private long answerNs;
    private SyncLimit limit = SyncLimit.NONE;

    /**
     * @param settings floor, ceiling and goal
     */
    public SyncPace(PaceSettings settings) {
        this.settings = settings;
        this.watch = new LatencyWatch(settings.latencyGoalNs());
        this.floor = settings.minBytesPerSecond();
        this.ceiling = ceiling(settings);
    }

    /** Other settings, also for a resync that is running: its next decision is by them. */
    public void adjust(PaceSettings changed) {
        settings = changed;
        watch.goal(changed.latencyGoalNs());
        floor = changed.minBytesPerSecond();
        ceiling = ceiling(changed);
    }

    private static double ceiling(PaceSettings settings) {
        long most = settings.maxBytesPerSecond();
        return most == 0 ? UNLIMITED : (double) most;
    }

    /** What this node's clients feel. */
    public LatencyWatch watch() {
        return watch;
    }

    /** A resync begins. */
    public void restart(long nowNs) {
        watch.restart(nowNs);
        rate = UNLIMITED;
        smoothed = UNKNOWN;
        lastLimited = UNLIMITED;
        tokens = 0;
        refilledNs = nowNs;
        decidedNs = nowNs;
        endedBytes = 0;
        quiet = false;
        quietBeganNs = nowNs - BETWEEN_QUIET_NS;
        peerNews = LatencyWatch.NO_NEWS;
        peerActive = false;
        refused = false;
        answerNs = 0;
        limit = SyncLimit.NONE;
    }

    /** What the target's clients feel, as its answer tells. */
    public void peerNews(long news) {
        if (news != LatencyWatch.NO_NEWS) {
            peerNews = news;
            peerActive = news != LatencyWatch.IDLE;
        }
    }

    @Override
    public boolean mayBegin(long nowNs, int lengthBytes) {
        refill(nowNs);
        decide(nowNs);
        if (quiet) {
            refused = true;
            wakeNs = nowNs + QUIET_NS / 8;
            return false;
        }
        double allowed = allowed();
        if (allowed == UNLIMITED) {
            return true;
        }
        double missing = Math.min(lengthBytes, burst(allowed)) - tokens;
        if (missing <= 0) {
            return true;
        }
        refused = true;
        wakeNs = nowNs + Math.max(LEAST_WAIT_NS, (long) (missing / allowed * SECOND_NS) + 1);
        return false;
    }

    @Override
    public long wakeNs() {
        return wakeNs;
    }

    @Override
    public void began(long nowNs, int lengthBytes) {
        tokens -= lengthBytes;
        watch.blockBegan();
    }

    @Override
    public void ended(long nowNs, int lengthBytes) {
        endedBytes += lengthBytes;
        watch.blockEnded(nowNs);
    }

    /** The target has answered for a block that was sent so long ago. */
    public void answered(long tookNs) {
        answerNs += (tookNs - answerNs) / 16;
    }

    private double allowed() {
        return Math.min(rate, ceiling);
    }

    private double burst(double allowed) {
        return Math.max(
                LEAST_BURST_BYTES, Math.max(floor * FLOOR_BURST_SECONDS, allowed * BURST_SECONDS));
    }

    private void refill(long nowNs) {
        double seconds = (double) (nowNs - refilledNs) / SECOND_NS;
        refilledNs = nowNs;
        double allowed = allowed();
        if (allowed == UNLIMITED) {
            tokens = 0;
        } else {
            // In a quiet moment only the floor is owed.
            double granted = quiet ? Math.min(allowed, floor) : allowed;
            tokens = Math.min(burst(allowed), tokens + granted * seconds);
        }
    }

    // ---- decisions

    private void decide(long nowNs) {
        if (quiet) {
            endQuiet(nowNs);
            return;
        }
        long elapsedNs = nowNs - decidedNs;
        if (elapsedNs < INTERVAL_NS) {
            return;
        }
        double delivered = endedBytes * (double) SECOND_NS / elapsedNs;
        endedBytes = 0;
        decidedNs = nowNs;
        long own = watch.news(nowNs);
        long news = Math.max(own, peerNews);
        peerNews = LatencyWatch.NO_NEWS;
        if (news != LatencyWatch.NO_NEWS) {
            follow(nowNs, news, delivered);
        }
        limit = limitNow();
        refused = false;
    }

    private void follow(long nowNs, long news, double delivered) {
        if (news == LatencyWatch.IDLE) {
            rate = peerActive ? rate : UNLIMITED;
            return;
        }
        long ratio = LatencyWatch.ratio(news);
        // What is not known is not taken for good.
        smoothed = ratio == 0 ? UNKNOWN : smoothed == UNKNOWN ? ratio : (smoothed + ratio) / 2;
        steer(nowNs, smoothed, delivered);
        // At the floor a measure costs nothing, and the last one may be what keeps the rate there.
        boolean stuck = rate <= floor && nowNs - quietBeganNs >= BETWEEN_QUIET_AT_FLOOR_NS;
        boolean due = LatencyWatch.wantsQuiet(news) && nowNs - quietBeganNs >= BETWEEN_QUIET_NS;
        if (stuck || due) {
            quiet = true;
            quietBeganNs = nowNs;
            watch.beginQuiet();
        }
    }

    private void steer(long nowNs, long ratio, double delivered) {
        double excess = ratio - LatencyMeter.AS_EVER;
        double goal = (settings.latencyPercent() - 100) * (LatencyMeter.AS_EVER / 100.0);
        if (excess > goal) {
            double from = Math.min(rate == UNLIMITED ? remembered(nowNs) : rate, delivered * 1.2);
            rate = Math.max(floor, from * Math.max(STEEPEST_FALL, goal / excess));
        } else if (rate != UNLIMITED) {
            double rise = STEEPEST_RISE * Math.min(1, (goal - excess) / goal);
            double used = Math.max(delivered * AHEAD_OF_DELIVERED, floor);
            rate = Math.max(floor, Math.min(rate * (1 + rise), Math.max(used, rate * 0.9)));
        }
        if (rate != UNLIMITED) {
            lastLimited = rate;
            lastLimitedNs = nowNs;
        }
    }

    private double remembered(long nowNs) {
        return nowNs - lastLimitedNs < REMEMBERED_NS ? lastLimited : UNLIMITED;
    }

    /** Over once enough was seen; or if what is under way does not end. */
    private void endQuiet(long nowNs) {
        boolean seen = watch.quietEnough(nowNs, QUIET_NS);
        if (seen || nowNs - quietBeganNs >= LONGEST_QUIET_NS) {
            quiet = false;
            watch.endQuiet(nowNs);
            decidedNs = nowNs;
            endedBytes = 0;
        }
    }

    private SyncLimit limitNow() {
        if (refused) {
            boolean atCeiling = ceiling != UNLIMITED && rate >= ceiling && !quiet;
            return atCeiling ? SyncLimit.MAX_RATE : SyncLimit.APPLICATION_LATENCY;
        }
        return answerNs >= SLOW_ANSWER_NS ? SyncLimit.TARGET_SLOW : SyncLimit.NONE;
    }

    /** What keeps the resync from going faster, as of the last decision. */
    public SyncLimit limit() {
        return limit;
    }

    /** The rate that is wanted, in bytes a second; 0 if there is no limit. */
    public long wantedBytesPerSecond() {
        double allowed = allowed();
        return allowed == UNLIMITED ? 0 : (long) allowed;
    }
}
