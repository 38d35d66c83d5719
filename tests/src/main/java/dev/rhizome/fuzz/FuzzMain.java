package dev.rhizome.fuzz;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Mutated inputs for all decoders: {@code --count N}, {@code --seed S}, {@code --first N}. Ends
 * with 1 and the input in hexadecimal if one breaks a decoder, with 2 on a wrong argument.
 */
public final class FuzzMain {
    private static final long LOOK_EVERY_MS = 1000;

    private long count = 1_000_000;
    private long seed = 1;
    private long first;

    private FuzzMain() {}

    /** Entry point. */
    public static void main(String[] arguments) {
        FuzzMain main = new FuzzMain();
        String problem = main.parse(List.of(arguments));
        if (problem != null) {
            System.err.println(problem);
            System.exit(2);
        }
        System.exit(main.run() ? 0 : 1);
    }

    private @Nullable String parse(List<String> arguments) {
        for (int at = 0; at < arguments.size(); at += 2) {
            String name = arguments.get(at);
            if (at + 1 == arguments.size()) {
                return name + " is unknown or needs a value; see --count, --seed, --first";
            }
            try {
                long value = Long.parseLong(arguments.get(at + 1));
                switch (name) {
                    case "--count" -> count = value;
                    case "--seed" -> seed = value;
                    case "--first" -> first = value;
                    default -> {
                        return "unknown option " + name + "; see --count, --seed, --first";
                    }
                }
            } catch (NumberFormatException e) {
                return name + " does not take '" + arguments.get(at + 1) + "'";
            }
        }
        return null;
    }

    private boolean run() {
        Fuzzer fuzzer = new Fuzzer(seed);
        watch(fuzzer);
        long startNs = System.nanoTime();
        try {
            fuzzer.runSeeds();
            fuzzer.run(first, count);
        } catch (Fuzzer.Failure e) {
            System.out.println(e.getMessage());
            Throwable cause = e.getCause();
            if (cause != null) {
                cause.printStackTrace(System.out);
            }
            return false;
        }
        double seconds = (System.nanoTime() - startNs) / 1e9;
        System.out.print(fuzzer.summary());
        System.out.printf(
                "%d inputs from seed %d, %.1f s, %.0f inputs/s%n",
                count, seed, seconds, count / seconds);
        return true;
    }

    /** An input that does not end cannot be stopped: the process ends with it. */
    private static void watch(Fuzzer fuzzer) {
        Thread watcher =
                new Thread(
                        () -> {
                            while (true) {
                                String stuck = fuzzer.stuck();
                                if (!stuck.isEmpty()) {
                                    System.out.println(stuck);
                                    System.out.flush();
                                    Runtime.getRuntime().halt(1);
                                }
                                try {
                                    Thread.sleep(LOOK_EVERY_MS);
                                } catch (InterruptedException e) {
                                    return;
                                }
                            }
                        },
                        "watcher");
        watcher.setDaemon(true);
        watcher.start();
    }
}
