package dev.rhizome.simulator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is left of a failing run. */
class ShrinkerTest {
    private static final long SEEDS = 2000;

    @Test
    void aListIsReducedToWhatIsNeeded() {
        List<Integer> items = IntStream.range(0, 100).boxed().toList();
        List<Integer> needed = List.of(3, 50, 99);
        List<Integer> left =
                Reduction.reduce(items, part -> part.containsAll(needed) ? part : null);
        assertThat(left).isEqualTo(needed);
        assertThat(Reduction.reduce(items, part -> part)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"NO_DRAIN", "FORGET_CRASH", "ONE_METADATA_SLOT", "PEER_SKIPS_FLUSH"})
    void aFailingRunBecomesSmallAndStillFails(Sabotage bug, @TempDir Path folder) throws Exception {
        Summary.Failure found = requireNonNull(Campaign.of(SEEDS, bug).run(null).firstFailure());
        Shrinker shrinker = new Shrinker(() -> false);
        Shrinker.Failing given = requireNonNull(shrinker.reproduce(found.plan()));
        Shrinker.Failing small = shrinker.shrink(given);
        assertThat(small.faults() + small.operations())
                .isLessThan(given.faults() + given.operations());
        assertThat(small.faults()).isLessThanOrEqualTo(given.faults());

        Path file = folder.resolve("small");
        new ReplayFile(small.plan(), small.violation().rule()).write(file, small.log());
        Simulation again = new Simulation(ReplayFile.read(file).plan(), false, true);
        assertThat(requireNonNull(again.attempt()).rule()).isEqualTo(found.violation().rule());
        assertThat(again.fates().log()).isEqualTo(small.log());
    }

    @Test
    void aRunThatKeepsItsPromisesCannotBeShrunk() {
        assertThat(new Shrinker(() -> false).reproduce(RunPlan.of(1, Sabotage.NONE))).isNull();
    }
}
