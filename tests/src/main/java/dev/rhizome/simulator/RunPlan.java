package dev.rhizome.simulator;

import org.jspecify.annotations.Nullable;

/**
 * Everything that decides a run.
 *
 * @param seed what happens at all
 * @param sabotage a planted bug, or none
 * @param selection what of it really happens
 * @param steps after so many acknowledged requests the trouble ends; 0: what the seed says
 * @param untilNs the trouble ends at this time, if it has not before
 * @param eventLimit more events than this are a run that gets nowhere
 * @param draws what to draw instead of what the seed says, or null
 */
record RunPlan(
        long seed,
        Sabotage sabotage,
        Selection selection,
        long steps,
        long untilNs,
        long eventLimit,
        @Nullable Draws draws) {
    static final long UNTIL_NS = 60_000_000_000L;
    static final long EVENT_LIMIT = 3_000_000;

    static RunPlan of(long seed, Sabotage sabotage) {
        return new RunPlan(seed, sabotage, Selection.ALL, 0, UNTIL_NS, EVENT_LIMIT, null);
    }

    RunPlan withSeed(long changed) {
        return new RunPlan(changed, sabotage, selection, steps, untilNs, eventLimit, draws);
    }

    RunPlan withSabotage(Sabotage changed) {
        return new RunPlan(seed, changed, selection, steps, untilNs, eventLimit, draws);
    }

    RunPlan with(Selection changed) {
        return new RunPlan(seed, sabotage, changed, steps, untilNs, eventLimit, draws);
    }

    RunPlan withSteps(long changed) {
        return new RunPlan(seed, sabotage, selection, changed, untilNs, eventLimit, draws);
    }

    RunPlan withUntilNs(long changed) {
        return new RunPlan(seed, sabotage, selection, steps, changed, eventLimit, draws);
    }

    RunPlan withEventLimit(long changed) {
        return new RunPlan(seed, sabotage, selection, steps, untilNs, changed, draws);
    }

    RunPlan withDraws(@Nullable Draws changed) {
        return new RunPlan(seed, sabotage, selection, steps, untilNs, eventLimit, changed);
    }
}
