package dev.rhizome.simulator;

import dev.rhizome.simulator.ScriptedRun.CrashPoint;
import dev.rhizome.simulator.ScriptedRun.Script;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Bounded, but complete: every sequence of moves up to a length, and for each a crash of either
 * node at every effect. A crash ends the sequence, so that only those after the last move begins
 * are new; and a move that cannot be made ends all sequences that begin so.
 */
final class Exhaustive {
    private static final int LINES = 200;
    private static final int LINES_KEPT = 16;

    private final int depth;
    private final int threads;
    private final Sabotage sabotage;
    private final PrintStream out;
    private final Progress progress;
    private final AtomicLong runs = new AtomicLong();
    private final AtomicLong events = new AtomicLong();

    private @Nullable Failure failure;
    private int failureAt = Integer.MAX_VALUE;

    private record Failure(Script script, @Nullable CrashPoint crash, Violation violation) {}

    Exhaustive(int depth, int threads, Sabotage sabotage, PrintStream out, Progress progress) {
        this.depth = depth;
        this.threads = threads;
        this.sabotage = sabotage;
        this.out = out;
        this.progress = progress;
    }

    /** Runs all; false if a promise was broken. */
    boolean run() {
        List<List<Move>> sequences = List.of(List.of());
        for (int length = 0; length <= depth && failure == null; length++) {
            long before = runs.get();
            List<List<Move>> possible = level(length, sequences);
            progress.end();
            out.printf(
                    "%d moves: %,d sequences, %,d runs%n",
                    length, possible.size(), runs.get() - before);
            sequences = longer(possible);
        }
        double seconds = progress.seconds();
        out.printf(
                "%,d runs, %,d events, %.1f s, %,.0f runs/s%n",
                runs.get(), events.get(), seconds, runs.get() / seconds);
        if (failure != null) {
            report(failure);
        }
        return failure == null;
    }

    private static List<List<Move>> longer(List<List<Move>> sequences) {
        List<List<Move>> result = new ArrayList<>();
        for (List<Move> sequence : sequences) {
            for (Move move : Move.values()) {
                List<Move> moves = new ArrayList<>(sequence);
                moves.add(move);
                result.add(List.copyOf(moves));
            }
        }
        return result;
    }

    /** Runs all of one length; those that can be made. */
    private List<List<Move>> level(int length, List<List<Move>> sequences) {
        boolean[] possible = new boolean[sequences.size()];
        AtomicInteger next = new AtomicInteger();
        Runnable work =
                () -> {
                    int at = next.getAndIncrement();
                    while (at < possible.length && !failedBefore(at)) {
                        possible[at] = sequence(at, sequences.get(at));
                        at = next.getAndIncrement();
                    }
                };
        Workers.run(
                threads,
                work,
                () ->
                        progress.show(
                                () ->
                                        String.format(
                                                "%d moves: %,d of %,d sequences; %,d runs, %,.0f"
                                                        + " runs/s",
                                                length,
                                                Math.min(next.get(), possible.length),
                                                possible.length,
                                                runs.get(),
                                                runs.get() / progress.seconds())));
        List<List<Move>> result = new ArrayList<>();
        for (int i = 0; i < possible.length; i++) {
            if (possible[i]) {
                result.add(sequences.get(i));
            }
        }
        return result;
    }

    private boolean sequence(int at, List<Move> moves) {
        boolean possible = false;
        for (Death death : Death.values()) {
            possible |= script(at, new Script(moves, true, death, sabotage));
            if (moves.size() > 1) {
                possible |= script(at, new Script(moves, false, death, sabotage));
            }
        }
        return possible;
    }

    private boolean script(int at, Script script) {
        ScriptedRun whole = attempt(at, script, null);
        if (!whole.possible()) {
            return false;
        }
        for (int side = 0; side < 2; side++) {
            for (long effect = 0; effect < whole.effects(side) && !failedBefore(at); effect++) {
                attempt(at, script, new CrashPoint(side, effect));
            }
        }
        return true;
    }

    private ScriptedRun attempt(int at, Script script, @Nullable CrashPoint crash) {
        ScriptedRun run = new ScriptedRun(script, crash, LINES_KEPT);
        Violation violation = run.attempt();
        runs.incrementAndGet();
        events.addAndGet(run.events());
        if (violation != null) {
            failed(at, new Failure(script, crash, violation));
        }
        return run;
    }

    private synchronized void failed(int at, Failure found) {
        if (at < failureAt) {
            failureAt = at;
            failure = found;
        }
    }

    private synchronized boolean failedBefore(int at) {
        return failureAt <= at;
    }

    private void report(Failure found) {
        ScriptedRun again = new ScriptedRun(found.script(), found.crash(), Trace.LINES);
        again.attempt();
        again.lastLines(LINES).forEach(out::println);
        Throwable cause = found.violation().getCause();
        if (cause != null) {
            cause.printStackTrace(out);
        }
        CrashPoint crash = found.crash();
        String overlapping = found.script().overlapping() ? " overlapping" : " one by one";
        out.println("moves" + overlapping + ": " + found.script().moves());
        out.println(
                crash == null
                        ? "no crash; deaths: " + found.script().death()
                        : (crash.side() == 0 ? "A" : "B")
                                + " dies after "
                                + crash.afterEffects()
                                + " effects of the last move: "
                                + found.script().death());
        out.println(found.violation().getMessage());
    }
}
