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
    private static final long SEEDS = 2000;
    private static final long SEEDS_PER_BUG = 2000;

    @Test
    void noSeedBreaksAPromise() {
        long splitBrains = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Simulation simulation = new Simulation(seed, Sabotage.NONE, false);
            run(simulation);
            splitBrains += simulation.endedInSplitBrain() ? 1 : 0;
        }
        assertThat(splitBrains).as("runs that end in a split brain").isPositive();
    }

    private static void run(Simulation simulation) {
        try {
            simulation.run();
        } catch (Violation e) {
            List<String> lines = new ArrayList<>(simulation.lastLines(40));
            lines.add("seed " + simulation.seed() + ": " + e.getMessage());
            fail(String.join("\n", lines), e);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 42, 4711, 654, 99_991})
    void theSameSeedIsTheSameRun(long seed) {
        Simulation first = new Simulation(seed, Sabotage.NONE, false);
        Simulation second = new Simulation(seed, Sabotage.NONE, false);
        run(first);
        run(second);
        assertThat(second.traceHash()).isEqualTo(first.traceHash());
        assertThat(second.events()).isEqualTo(first.events());
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aPlantedBugIsFound(Sabotage bug) {
        String rule = "";
        long seed = 0;
        while (rule.isEmpty() && seed < SEEDS_PER_BUG) {
            seed++;
            rule = brokenBy(seed, bug);
        }
        System.out.printf("%s: seed %d, %s%n", bug, seed, rule);
        assertThat(rule).as("%s within %d seeds", bug, SEEDS_PER_BUG).isNotEmpty();
    }

    private static String brokenBy(long seed, Sabotage bug) {
        try {
            new Simulation(seed, bug, false).run();
            return "";
        } catch (Violation e) {
            return e.rule();
        }
    }
}
