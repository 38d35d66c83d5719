package dev.rhizome.simulator;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs seeds: {@code --seeds N [--first S]}, or {@code --seed S [--trace]}; {@code --sabotage NAME}
 * plants a bug. Ends with 1 if a promise is broken, with 2 on a wrong argument.
 */
public final class SimulatorMain {
    private static final int LINES_ON_FAILURE = 60;

    private long first = 1;
    private long count = 1000;
    private boolean trace;
    private Sabotage sabotage = Sabotage.NONE;

    private SimulatorMain() {}

    /** Entry point. */
    public static void main(String[] arguments) {
        SimulatorMain main = new SimulatorMain();
        String problem = main.parse(List.of(arguments));
        if (problem != null) {
            System.err.println(problem);
            System.exit(2);
        }
        System.exit(main.run() ? 0 : 1);
    }

    private @Nullable String parse(List<String> arguments) {
        for (int at = 0; at < arguments.size(); at++) {
            String name = arguments.get(at);
            if (name.equals("--trace")) {
                trace = true;
                continue;
            }
            if (at + 1 == arguments.size()) {
                return name + " is unknown or needs a value; see --seeds, --first, --seed, --trace";
            }
            String value = arguments.get(++at);
            try {
                switch (name) {
                    case "--seeds" -> count = Long.parseLong(value);
                    case "--first" -> first = Long.parseLong(value);
                    case "--seed" -> {
                        first = Long.parseLong(value);
                        count = 1;
                    }
                    case "--sabotage" -> sabotage = Sabotage.valueOf(value);
                    default -> {
                        return "unknown option " + name;
                    }
                }
            } catch (IllegalArgumentException e) {
                return name + " does not take '" + value + "'";
            }
        }
        return null;
    }

    private boolean run() {
        long startNs = System.nanoTime();
        long events = 0;
        long splitBrains = 0;
        long acknowledged = 0;
        for (long seed = first; seed < first + count; seed++) {
            Simulation simulation = new Simulation(seed, sabotage, trace);
            try {
                simulation.run();
            } catch (Violation e) {
                report(simulation, e);
                return false;
            }
            events += simulation.events();
            acknowledged += simulation.acknowledgedRequests();
            splitBrains += simulation.endedInSplitBrain() ? 1 : 0;
        }
        double seconds = (System.nanoTime() - startNs) / 1e9;
        System.out.printf(
                "%d seeds from %d, %d events, %d answers, %d split brains, %.1f s, %.0f seeds/s%n",
                count, first, events, acknowledged, splitBrains, seconds, count / seconds);
        return true;
    }

    private void report(Simulation simulation, Violation violation) {
        if (!trace) {
            simulation.lastLines(LINES_ON_FAILURE).forEach(System.out::println);
        }
        System.out.println("seed " + simulation.seed() + ": " + violation.getMessage());
        Throwable cause = violation.getCause();
        if (cause != null) {
            cause.printStackTrace(System.out);
        }
    }
}
