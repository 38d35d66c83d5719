package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes a failing run small: leaves out whole kinds of faults, then single faults, then what
 * clients and managers ask for, and lets the trouble end sooner, as long as the same promise
 * breaks.
 */
final class Shrinker {
    private static final int ROUNDS = 4;
    private static final long[] MARGINS_NS = {0, 100_000, 3_000_000, 100_000_000, 1_000_000_000};

    /**
     * A run that breaks the promise.
     *
     * @param log what took place in it
     * @param events how long it was
     */
    record Failing(
            RunPlan plan, Violation violation, List<Fates.Log> log, long events, long endNs) {

        long faults() {
            return log.stream().filter(entry -> entry.incident().cause().fault()).count();
        }

        long operations() {
            return log.size() - faults();
        }

        List<Incident> incidents(Predicate<Cause> which) {
            return log.stream()
                    .map(Fates.Log::incident)
                    .filter(incident -> which.test(incident.cause()))
                    .toList();
        }
    }

    private final BooleanSupplier outOfTime;
    private String rule = "";
    private long eventLimit = RunPlan.EVENT_LIMIT;
    private long runs;

    /**
     * @param outOfTime whether what there is so far must do
     */
    Shrinker(BooleanSupplier outOfTime) {
        this.outOfTime = outOfTime;
    }

    /** How many runs it took. */
    long runs() {
        return runs;
    }

    /** The run as it is given; null if it breaks no promise. */
    @Nullable Failing reproduce(RunPlan plan) {
        runs++;
        Simulation simulation = new Simulation(plan, false, true);
        Violation violation = simulation.attempt();
        if (violation == null || !(rule.isEmpty() || violation.rule().equals(rule))) {
            return null;
        }
        long nowNs = simulation.scheduler().nowNs();
        return new Failing(
                plan,
                violation,
                List.copyOf(simulation.fates().log()),
                simulation.events(),
                Math.min(nowNs, simulation.calmAtNs()));
    }

    /** The smallest run that was found to break the same promise. */
    Failing shrink(Failing given) {
        rule = given.violation().rule();
        if (!rule.equals("LIV-06")) {
            eventLimit = Math.min(RunPlan.EVENT_LIMIT, 3 * given.events() + 100_000);
        }
        Failing best = endAtFailure(given);
        for (int round = 0; round < ROUNDS && !outOfTime.getAsBoolean(); round++) {
            long before = size(best);
            best = dropKinds(best);
            best = reduce(best, Cause::fault);
            best = reduce(best, cause -> !cause.fault());
            best = endSooner(best);
            if (size(best) == before) {
                break;
            }
        }
        return best;
    }

    private static long size(Failing failing) {
        return failing.log().size();
    }

    /** What had not happened yet when the promise broke plays no part. */
    private Failing endAtFailure(Failing given) {
        RunPlan unlimited = given.plan().withSteps(Long.MAX_VALUE).withUntilNs(given.endNs());
        Failing ended = attempt(unlimited, given.incidents(cause -> true));
        if (ended == null) {
            ended = attempt(given.plan(), given.incidents(cause -> true));
        }
        return ended == null ? given : ended;
    }

    private Failing dropKinds(Failing given) {
        Failing best = given;
        for (Cause cause : Cause.values()) {
            if (cause.fault() && !best.incidents(cause::equals).isEmpty()) {
                Failing without = attempt(best.plan(), best.incidents(other -> other != cause));
                best = without == null ? best : without;
            }
        }
        return best;
    }

    private Failing reduce(Failing given, Predicate<Cause> which) {
        List<Incident> others = given.incidents(which.negate());
        Failing[] best = {given};
        Reduction.reduce(
                given.incidents(which),
                part -> {
                    List<Incident> kept = new ArrayList<>(others);
                    kept.addAll(part);
                    Failing smaller = attempt(best[0].plan(), kept);
                    if (smaller == null) {
                        return null;
                    }
                    best[0] = smaller;
                    Set<Incident> happened = new HashSet<>(smaller.incidents(which));
                    return part.stream().filter(happened::contains).toList();
                });
        return best[0];
    }

    /** The trouble ends at the last thing that counts, or a little later. */
    private Failing endSooner(Failing given) {
        long lastNs = given.log().isEmpty() ? 0 : given.log().get(given.log().size() - 1).atNs();
        for (long marginNs : MARGINS_NS) {
            long untilNs = lastNs + marginNs;
            if (untilNs < given.plan().untilNs()) {
                RunPlan sooner = given.plan().withUntilNs(untilNs);
                Failing shorter = attempt(sooner, given.incidents(cause -> true));
                if (shorter != null) {
                    return shorter;
                }
            }
        }
        return given;
    }

    private @Nullable Failing attempt(RunPlan plan, List<Incident> kept) {
        if (outOfTime.getAsBoolean()) {
            return null;
        }
        Failing failing = reproduce(plan.with(Selection.only(kept)).withEventLimit(eventLimit));
        if (failing == null) {
            return null;
        }
        // Only what took place is written down.
        RunPlan exact = plan.with(Selection.only(failing.incidents(cause -> true)));
        return new Failing(
                exact, failing.violation(), failing.log(), failing.events(), failing.endNs());
    }
}
