package dev.rhizome.simulator;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Runs seeds with every planted bug until a checker finds it. */
final class PlantedBugs {
    /** A bug that so many seeds do not find is not found. */
    static final long SEEDS_PER_BUG = 50_000;

    private PlantedBugs() {}

    /** Prints a table; false if a bug is not found. */
    static boolean find(
            List<Sabotage> bugs, long limit, int threads, PrintStream out, Progress progress) {
        out.printf(
                "%-28s %-20s %8s %8s%n", "planted bug", "promise that broke", "seeds", "seconds");
        List<Sabotage> missed = new ArrayList<>();
        for (Sabotage bug : bugs) {
            double beganAt = progress.seconds();
            Summary summary =
                    new Campaign(
                                    1,
                                    limit,
                                    limit,
                                    Double.MAX_VALUE,
                                    threads,
                                    bug,
                                    false,
                                    RunPlan.EVENT_LIMIT)
                            .run(progress);
            Summary.Failure failure = summary.firstFailure();
            double took = progress.seconds() - beganAt;
            if (failure == null) {
                missed.add(bug);
                out.printf("%-28s %-20s %8d %8.1f%n", bug, "NOT FOUND", limit, took);
            } else {
                String rule = failure.violation().rule();
                out.printf("%-28s %-20s %8d %8.1f%n", bug, rule, failure.plan().seed(), took);
            }
        }
        if (!missed.isEmpty()) {
            out.printf("%d planted bugs were not found: %s%n", missed.size(), missed);
        }
        return missed.isEmpty();
    }
}
