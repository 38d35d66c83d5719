package dev.rhizome.simulator;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One run for a person: shown, written down, made small. */
final class OneRun {
    /** The property that says where files go. */
    static final String FOLDER = "rhizome.simulator.output";

    private static final int LINES = 60;

    private final PrintStream out;

    OneRun(PrintStream out) {
        this.out = out;
    }

    /** Where files go. */
    private static Path folder() {
        return Path.of(System.getProperty(FOLDER, "target/simulator"));
    }

    private static Path file(RunPlan plan, String suffix) {
        String bug =
                plan.sabotage() == Sabotage.NONE
                        ? ""
                        : "-" + plan.sabotage().name().toLowerCase(Locale.ROOT);
        return folder().resolve("seed-" + plan.seed() + bug + suffix);
    }

    /**
     * Runs it.
     *
     * @param recordTo where to write every draw, or null
     * @param replay the arguments that run it again, or null if its seed is enough
     * @return whether every promise was kept
     */
    boolean run(RunPlan plan, boolean trace, @Nullable Path recordTo, @Nullable String replay)
            throws IOException {
        Simulation run = new Simulation(plan, trace, false);
        Violation violation = run.attempt();
        out.printf(
                "seed %d: %d events, %d answers, trace hash %016x%s%n",
                plan.seed(),
                run.events(),
                run.acknowledgedRequests(),
                run.traceHash(),
                run.endedInSplitBrain() ? ", a split brain" : "");
        if (recordTo != null) {
            record(plan, recordTo, violation, run.traceHash());
        }
        if (violation == null) {
            return true;
        }
        if (!trace) {
            run.lastLines(LINES).forEach(out::println);
        }
        explain(plan, violation, replay);
        suggestShrinking(plan, replay == null ? null : replay.replace("--replay ", ""));
        return false;
    }

    private void record(RunPlan plan, Path recordTo, @Nullable Violation violation, long traceHash)
            throws IOException {
        Draws draws = new Draws();
        Simulation again = Simulation.recording(plan, draws);
        again.attempt();
        if (again.traceHash() != traceHash) {
            throw new IllegalStateException("a recorded run is another run");
        }
        String rule = violation == null ? "" : violation.rule();
        new ReplayFile(plan.withDraws(draws), rule).write(recordTo, again.fates().log());
        out.printf("%d draws are written to %s%n", draws.count(), recordTo);
    }

    /** Tells how a run of many failed, and writes it down. */
    void report(Summary.Failure failure) throws IOException {
        failure.lastLines().forEach(out::println);
        Path file = file(failure.plan(), ".replay");
        new ReplayFile(failure.plan(), failure.violation().rule()).write(file, java.util.List.of());
        out.println("written to " + file);
        explain(failure.plan(), failure.violation(), null);
        suggestShrinking(failure.plan(), null);
    }

    private void explain(RunPlan plan, Violation violation, @Nullable String replay) {
        Throwable cause = violation.getCause();
        if (cause != null) {
            cause.printStackTrace(out);
        }
        out.println("seed " + plan.seed() + ": " + violation.getMessage());
        String arguments = replay == null ? "--seed " + seed(plan) : replay;
        out.println("again:   scripts/simulate " + arguments + " --trace");
    }

    private void suggestShrinking(RunPlan plan, @Nullable String file) {
        out.println("smaller: scripts/simulate --shrink " + (file == null ? seed(plan) : file));
    }

    private static String seed(RunPlan plan) {
        String bug = plan.sabotage() == Sabotage.NONE ? "" : " --sabotage " + plan.sabotage();
        return plan.seed() + bug;
    }

    /** Makes a failing run small and writes it down; false if it does not fail. */
    boolean shrink(RunPlan plan, double seconds) throws IOException {
        long startNs = System.nanoTime();
        Shrinker shrinker = new Shrinker(() -> (System.nanoTime() - startNs) / 1e9 > seconds);
        Shrinker.Failing given = shrinker.reproduce(plan);
        if (given == null) {
            return false;
        }
        Shrinker.Failing small = shrinker.shrink(given);
        Path file = file(plan, ".shrunk");
        new ReplayFile(small.plan(), small.violation().rule()).write(file, small.log());
        out.printf(
                "%s in %d runs, %.1f s%n",
                small.violation().rule(), shrinker.runs(), (System.nanoTime() - startNs) / 1e9);
        out.printf(
                "faults %d -> %d, operations %d -> %d, events %d -> %d%n",
                given.faults(),
                small.faults(),
                given.operations(),
                small.operations(),
                given.events(),
                small.events());
        small.log()
                .forEach(
                        entry ->
                                out.printf(
                                        "%12.6f  %s%n",
                                        entry.atNs() / 1e9, entry.incident().text()));
        out.println("written to " + file);
        explain(small.plan(), small.violation(), "--replay " + file);
        return true;
    }
}
