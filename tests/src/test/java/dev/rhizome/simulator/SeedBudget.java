package dev.rhizome.simulator;

/**
 * How many seeds the tests run; the one place where that is said. As many as fit into the time,
 * within limits: {@code -Drhizome.simulator.seconds=...}, {@code leastSeeds}, {@code mostSeeds}.
 */
final class SeedBudget {
    static final double SECONDS =
            Double.parseDouble(System.getProperty("rhizome.simulator.seconds", "20"));
    static final long LEAST = Long.getLong("rhizome.simulator.leastSeeds", 2000);
    static final long MOST = Long.getLong("rhizome.simulator.mostSeeds", 20_000);

    /** A planted bug that so many do not find is not found. */
    static final long PER_BUG = Long.getLong("rhizome.simulator.seedsPerBug", 5000);

    private SeedBudget() {}
}
