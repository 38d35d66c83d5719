package dev.rhizome.simulator;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Runs one seed after the other in several threads. Seeds are handed out in order, and those that
 * are under way are ended, so that the first that fails is always the same one.
 *
 * @param first the first seed
 * @param count how many at most
 * @param least how many at least, whatever the time
 * @param seconds no new seeds after this time
 * @param threads how many at once
 * @param keepGoing whether a broken promise is no reason to stop
 * @param eventLimit more events than this are a run that gets nowhere
 */
record Campaign(
        long first,
        long count,
        long least,
        double seconds,
        int threads,
        Sabotage sabotage,
        boolean keepGoing,
        long eventLimit) {

    /** DET-01 is checked on one seed of so many. */
    private static final long TWICE_EVERY = 20;

    /** As many seeds as this, stopping at the first that fails. */
    static Campaign of(long count, Sabotage sabotage) {
        return new Campaign(
                1,
                count,
                count,
                Double.MAX_VALUE,
                Workers.cores(),
                sabotage,
                false,
                RunPlan.EVENT_LIMIT);
    }

    /** Runs them; the progress may be shown meanwhile. */
    Summary run(@Nullable Progress progress) {
        Summary summary = new Summary();
        AtomicLong next = new AtomicLong();
        AtomicBoolean stopped = new AtomicBoolean();
        long startNs = System.nanoTime();
        Runnable work =
                () -> {
                    while (!stopped.get()) {
                        long at = next.getAndIncrement();
                        boolean late = (System.nanoTime() - startNs) / 1e9 > seconds;
                        if (at >= count || (late && at >= least)) {
                            return;
                        }
                        if (!runSeed(first + at, summary) && !keepGoing) {
                            stopped.set(true);
                        }
                    }
                };
        Workers.run(threads, work, () -> show(progress, summary));
        if (progress != null) {
            progress.end();
        }
        return summary;
    }

    private static void show(@Nullable Progress progress, Summary summary) {
        if (progress != null) {
            progress.show(
                    () ->
                            String.format(
                                    "%,d seeds, %.0f seeds/s, %d violations",
                                    summary.runs(),
                                    summary.runs() / progress.seconds(),
                                    summary.failed()));
        }
    }

    private boolean runSeed(long seed, Summary summary) {
        RunPlan plan = RunPlan.of(seed, sabotage).withEventLimit(eventLimit);
        Simulation run = new Simulation(plan, false, false);
        Violation violation = run.attempt();
        boolean again = violation == null && seed % TWICE_EVERY == 0;
        if (again) {
            violation = sameAgain(plan, run);
        }
        summary.add(plan, run, again, violation);
        return violation == null;
    }

    /** DET-01: the same seed is the same run. */
    private static @Nullable Violation sameAgain(RunPlan plan, Simulation first) {
        Simulation second = new Simulation(plan, false, false);
        Violation violation = second.attempt();
        if (violation != null) {
            return violation;
        }
        boolean same = second.traceHash() == first.traceHash() && second.events() == first.events();
        return same ? null : new Violation("DET-01", "the same seed was another run");
    }
}
