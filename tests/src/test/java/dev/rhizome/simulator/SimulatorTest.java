package dev.rhizome.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs seeds, and proves that the checkers find planted bugs. */
class SimulatorTest {

    @Test
    void noSeedBreaksAPromise() {
        Summary summary =
                new Campaign(
                                1,
                                SeedBudget.MOST,
                                SeedBudget.LEAST,
                                SeedBudget.SECONDS,
                                Workers.cores(),
                                Sabotage.NONE,
                                false,
                                RunPlan.EVENT_LIMIT)
                        .run(null);
        Summary.Failure failure = summary.firstFailure();
        if (failure != null) {
            List<String> lines = new ArrayList<>(failure.lastLines());
            lines.add("seed " + failure.plan().seed() + ": " + failure.violation().getMessage());
            fail(String.join("\n", lines), failure.violation());
        }
        assertThat(summary.runs()).isGreaterThanOrEqualTo(SeedBudget.LEAST);
        assertThat(summary.splitBrains()).as("runs that end in a split brain").isPositive();
        assertThat(LegalTransitions.problems(summary.coverage())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 4711, 654, 99_991})
    void theSameSeedIsTheSameRun(long seed) {
        Simulation first = new Simulation(seed, Sabotage.NONE, false);
        Simulation second = new Simulation(seed, Sabotage.NONE, false);
        assertThat(first.attempt()).isNull();
        assertThat(second.attempt()).isNull();
        assertThat(second.traceHash()).isEqualTo(first.traceHash());
        assertThat(second.events()).isEqualTo(first.events());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugIsFound(Sabotage bug) {
        Summary.Failure failure = Campaign.of(SeedBudget.PER_BUG, bug).run(null).firstFailure();
        if (failure == null) {
            fail("%s is not found within %d seeds", bug, SeedBudget.PER_BUG);
            return;
        }
        System.out.printf(
                "%s: seed %d, %s%n", bug, failure.plan().seed(), failure.violation().rule());
    }
}
