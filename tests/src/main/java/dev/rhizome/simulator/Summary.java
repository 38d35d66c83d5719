package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What many runs came to. Threads may add to it at once. */
final class Summary {

    /** A run that broke a promise, and its last lines. */
    record Failure(RunPlan plan, Violation violation, List<String> lastLines) {}

    private static final int LINES = 60;
    private static final int FAILURES_KEPT = 1000;

    private final Coverage coverage = new Coverage();
    private final long[] incidents = new long[Cause.values().length];
    private final TreeMap<Long, Failure> failures = new TreeMap<>();
    private long failed;
    private long runs;
    private long twice;
    private long events;
    private long acknowledged;
    private long splitBrains;

    /** A run has ended. */
    synchronized void add(
            RunPlan plan, Simulation run, boolean ranTwice, @Nullable Violation violation) {
        runs++;
        twice += ranTwice ? 1 : 0;
        events += run.events();
        acknowledged += run.acknowledgedRequests();
        splitBrains += run.endedInSplitBrain() ? 1 : 0;
        for (Cause cause : Cause.values()) {
            incidents[cause.ordinal()] += run.fates().count(cause);
        }
        coverage.add(run.coverage());
        if (violation != null) {
            failed++;
            failures.put(plan.seed(), new Failure(plan, violation, run.lastLines(LINES)));
            if (failures.size() > FAILURES_KEPT) {
                failures.pollLastEntry();
            }
        }
    }

    /** How many runs there were. */
    synchronized long runs() {
        return runs;
    }

    synchronized long events() {
        return events;
    }

    /** How many broke a promise. */
    synchronized long failed() {
        return failed;
    }

    synchronized long splitBrains() {
        return splitBrains;
    }

    /** The first of those that broke a promise, by seed; null if there is none. */
    synchronized @Nullable Failure firstFailure() {
        return failures.isEmpty() ? null : failures.firstEntry().getValue();
    }

    /** Those that broke a promise, by seed; not all if there are very many. */
    synchronized List<Failure> failures() {
        return new ArrayList<>(failures.values());
    }

    Coverage coverage() {
        return coverage;
    }

    /** What happened, for a person. */
    synchronized List<String> lines(double seconds) {
        List<String> lines = new ArrayList<>();
        lines.add(
                String.format(
                        "%,d seeds (%,d of them twice), %,d events, %,d answers, %,d split brains,"
                                + " %,d violations",
                        runs, twice, events, acknowledged, splitBrains, failed));
        lines.add(
                String.format(
                        "%.1f s, %.0f seeds/s, %,.0f events/s",
                        seconds, runs / seconds, events / seconds));
        StringBuilder faults = new StringBuilder("faults:");
        for (Cause cause : Cause.values()) {
            if (cause.fault()) {
                faults.append(String.format(" %s %,d", cause.label(), incidents[cause.ordinal()]));
            }
        }
        lines.add(faults.toString());
        return lines;
    }
}
