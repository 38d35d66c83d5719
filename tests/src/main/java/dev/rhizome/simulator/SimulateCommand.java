package dev.rhizome.simulator;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the simulator. */
@Command(
        name = "scripts/simulate",
        sortOptions = false,
        usageHelpAutoWidth = true,
        customSynopsis = {
            "scripts/simulate [--seeds N] [--first S] [--time SECONDS] [--keep-going]",
            "       scripts/simulate --seed K [--trace] [--record FILE]",
            "       scripts/simulate --shrink FILE_OR_SEED [--time SECONDS]",
            "       scripts/simulate --replay FILE [--trace]",
            "       scripts/simulate --planted",
            "       scripts/simulate --exhaustive [DEPTH]",
            ""
        },
        description = {
            "Two real engines on simulated disks and a simulated link, under a virtual clock, with"
                    + " crashes, faults and meddling operators. A seed decides everything: the same"
                    + " seed is the same run. The promises (docs/invariants.md) are checked after"
                    + " every event.",
            ""
        },
        footer = {
            "",
            "From a failure to its cause:",
            "  scripts/simulate --seeds 20000        names the seed that fails, and writes it down",
            "  scripts/simulate --shrink SEED        leaves out all that it does not need to fail",
            "  scripts/simulate --replay FILE --trace   shows what is left, line by line",
            "",
            "Files go to target/simulator.",
            "",
            "Exit codes:",
            "  0  no promise was broken; every planted bug was found",
            "  1  a promise was broken; or, with --planted, a bug was not found",
            "  2  the command line or a file is wrong"
        })
final class SimulateCommand implements Callable<Integer> {
    private static final long DEFAULT_SEEDS = 1000;
    private static final double DEFAULT_SHRINK_SECONDS = 60;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "Run so many seeds (default: " + DEFAULT_SEEDS + ", or as --time says).")
    private @Nullable Long seeds;

    @Option(names = "--first", paramLabel = "S", description = "The first seed (default: 1).")
    private @Nullable Long first;

    @Option(
            names = "--time",
            paramLabel = "SECONDS",
            description = "Run seeds, or shrink, for so long.")
    private @Nullable Double seconds;

    @Option(
            names = "--threads",
            paramLabel = "T",
            description = "How many runs at once (default: one a core).")
    private @Nullable Integer threads;

    @Option(
            names = "--keep-going",
            description = "Do not stop at the first seed that fails; list all of them.")
    private boolean keepGoing;

    @Option(names = "--seed", paramLabel = "K", description = "Run one seed.")
    private @Nullable Long seed;

    @Option(names = "--trace", description = "Print everything that happens in the one run.")
    private boolean trace;

    @Option(
            names = "--record",
            paramLabel = "FILE",
            description = "Write every draw of the one run to a file, for --replay.")
    private @Nullable Path record;

    @Option(names = "--replay", paramLabel = "FILE", description = "Run what a file describes.")
    private @Nullable Path replay;

    @Option(
            names = "--shrink",
            paramLabel = "FILE_OR_SEED",
            description =
                    "Leave out faults and operations of a failing run as long as it breaks the same"
                            + " promise, for at most --time seconds (default: 60).")
    private @Nullable String shrink;

    @Option(
            names = "--planted",
            description =
                    "Prove that the checkers see: run seeds with every planted bug until it is"
                            + " found.")
    private boolean planted;

    @Option(
            names = "--exhaustive",
            arity = "0..1",
            paramLabel = "DEPTH",
            fallbackValue = "4",
            description =
                    "No chance: every sequence of up to DEPTH operations (default: 4), and for each"
                            + " a crash of either node at every effect.")
    private @Nullable Integer depth;

    @Option(
            names = "--sabotage",
            paramLabel = "NAME",
            description = "Plant a bug: @|faint ${COMPLETION-CANDIDATES}|@.")
    private @Nullable Sabotage sabotage;

    @Option(
            names = "--events",
            paramLabel = "N",
            description = "A run of more events than this gets nowhere (default: 3000000).")
    private @Nullable Long events;

    @Spec private @Nullable CommandSpec spec;

    private final PrintStream out;
    private final boolean terminal;

    SimulateCommand(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        check();
        try {
            return dispatch() ? 0 : SimulatorMain.BROKEN;
        } catch (ReplayFile.Malformed e) {
            throw wrong(e.getMessage());
        } catch (NoSuchFileException e) {
            throw wrong("there is no file " + e.getFile());
        } catch (IOException e) {
            throw wrong("a file cannot be used: " + e);
        }
    }

    private boolean dispatch() throws IOException, ReplayFile.Malformed {
        OneRun one = new OneRun(out);
        Path recordTo = record;
        Path replayFrom = replay;
        String shrinkWhat = shrink;
        Integer exhaustiveDepth = depth;
        if (shrinkWhat != null) {
            return shrink(one, shrinkWhat);
        }
        if (replayFrom != null) {
            ReplayFile file = ReplayFile.read(replayFrom);
            return one.run(limited(file.plan()), trace, null, "--replay " + replayFrom);
        }
        if (seed != null) {
            RunPlan plan = limited(RunPlan.of(seed, bug()));
            return one.run(plan, trace, recordTo, null);
        }
        Progress progress = new Progress(out, terminal);
        if (planted) {
            List<Sabotage> bugs = new ArrayList<>(List.of(Sabotage.values()));
            bugs.remove(Sabotage.NONE);
            return PlantedBugs.find(bugs, PlantedBugs.SEEDS_PER_BUG, threadCount(), out, progress);
        }
        if (exhaustiveDepth != null) {
            return new Exhaustive(exhaustiveDepth, threadCount(), bug(), out, progress).run();
        }
        return campaign(one, progress);
    }

    private boolean shrink(OneRun one, String what) throws IOException, ReplayFile.Malformed {
        boolean number = what.matches("-?[0-9]+");
        RunPlan plan =
                number
                        ? RunPlan.of(Long.parseLong(what), bug())
                        : ReplayFile.read(Path.of(what)).plan();
        Boolean shrunk =
                one.shrink(limited(plan), seconds == null ? DEFAULT_SHRINK_SECONDS : seconds);
        if (!shrunk) {
            throw wrong(what + " breaks no promise: there is nothing to shrink");
        }
        return false;
    }

    private boolean campaign(OneRun one, Progress progress) throws IOException {
        long forTime = seconds == null ? DEFAULT_SEEDS : Long.MAX_VALUE;
        long count = seeds == null ? forTime : seeds;
        Summary summary =
                new Campaign(
                                first == null ? 1 : first,
                                count,
                                0,
                                seconds == null ? Double.MAX_VALUE : seconds,
                                threadCount(),
                                bug(),
                                keepGoing,
                                eventLimit())
                        .run(progress);
        CoverageReport.lines(summary.coverage()).forEach(out::println);
        summary.lines(progress.seconds()).forEach(out::println);
        for (Summary.Failure failure :
                keepGoing ? summary.failures() : List.<Summary.Failure>of()) {
            out.println("seed " + failure.plan().seed() + ": " + failure.violation().getMessage());
        }
        Summary.Failure failure = summary.firstFailure();
        if (failure != null) {
            one.report(failure);
        }
        return failure == null;
    }

    private RunPlan limited(RunPlan plan) {
        return plan.withEventLimit(eventLimit());
    }

    private long eventLimit() {
        return events == null ? RunPlan.EVENT_LIMIT : events;
    }

    private Sabotage bug() {
        return sabotage == null ? Sabotage.NONE : sabotage;
    }

    private int threadCount() {
        return threads == null ? Workers.cores() : threads;
    }

    private void check() {
        long modes =
                Stream.of(seeds, seed, replay, shrink, planted ? true : null, depth)
                        .filter(mode -> mode != null)
                        .count();
        if (modes > 1) {
            throw wrong(
                    "only one of --seeds, --seed, --replay, --shrink, --planted and --exhaustive"
                            + " can be asked for");
        }
        boolean one = seed != null || replay != null;
        boolean many = modes == 0 || seeds != null;
        require(one || !trace, "--trace needs --seed or --replay");
        require(seed != null || record == null, "--record needs --seed");
        require(many || first == null, "--first needs --seeds or --time");
        require(many || !keepGoing, "--keep-going needs --seeds or --time");
        require(many || shrink != null || seconds == null, "--time needs --seeds or --shrink");
        require(replay == null || sabotage == null, "a replay file names its own sabotage");
        require(!planted || sabotage == null, "--planted runs every sabotage");
        positive("--seeds", seeds);
        positive("--threads", threads);
        positive("--time", seconds);
        positive("--exhaustive", depth);
        positive("--events", events);
    }

    private void positive(String name, @Nullable Number value) {
        require(value == null || value.doubleValue() > 0, name + " must be positive");
    }

    private void require(boolean holds, String problem) {
        if (!holds) {
            throw wrong(problem);
        }
    }

    private ParameterException wrong(@Nullable String problem) {
        if (spec == null) {
            throw new IllegalStateException("no command line");
        }
        return new ParameterException(spec.commandLine(), String.valueOf(problem));
    }
}
