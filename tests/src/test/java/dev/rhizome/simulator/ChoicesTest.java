package dev.rhizome.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Draws that are recorded, replayed and edited. */
class ChoicesTest {

    @Test
    void aForkIsNotShiftedByDrawsElsewhere() {
        Choices root = new Choices(7);
        Choices early = root.fork("link");
        Choices other = root.fork("disk");
        other.next();
        Choices late = root.fork("link");
        assertThat(late.next()).isEqualTo(early.next());
        assertThat(root.fork("link", 1).next()).isNotEqualTo(root.fork("link", 2).next());
    }

    @Test
    void recordingChangesNothingAndReplayingRepeats() {
        Draws draws = new Draws();
        long plain = some(new Choices(11));
        assertThat(some(draws.recording(11))).isEqualTo(plain);
        assertThat(some(draws.replaying(11))).isEqualTo(plain);
        assertThat(some(draws.replaying(99))).as("the seed plays no part").isEqualTo(plain);
    }

    private static long some(Choices choices) {
        Choices fork = choices.fork("a").fork("b", 3);
        long hash = choices.next();
        hash = hash * 31 + choices.below(100);
        hash = hash * 31 + fork.below(1_000_000L);
        hash = hash * 31 + fork.weighted(0, 3, 4);
        return hash * 31 + (fork.permille(500) ? 1 : 0);
    }

    @Test
    void whatIsMissingDoesNoHarm() {
        Choices choices = new Draws().replaying(5);
        assertThat(choices.below(10)).isZero();
        assertThat(choices.below(1000L)).isEqualTo(500);
        assertThat(choices.permille(999)).isFalse();
        assertThat(choices.weighted(1, 1)).isEqualTo(-1);
        assertThat(choices.next()).isNotEqualTo(choices.next());
    }

    @Test
    void anEditedValueIsTakenModuloTheBound() {
        Draws draws = new Draws();
        draws.add("root", 10, 23);
        assertThat(draws.replaying(1).below(10)).isEqualTo(3);
    }

    @Test
    void withoutChanceThereIsOneAnswer() {
        assertThat(Choices.fixed(1).below(3)).isEqualTo(1);
        assertThat(Choices.fixed(7).below(3)).isEqualTo(2);
        assertThat(Choices.fixed(1).permille(999)).isFalse();
        assertThat(Choices.fixed(1).below(100L)).isEqualTo(50);
    }
}
