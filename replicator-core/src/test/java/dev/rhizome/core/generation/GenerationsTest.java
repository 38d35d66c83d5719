package dev.rhizome.core.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.Limits;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class GenerationsTest {
    private static final long G1 = 0x101;
    private static final long G2 = 0x102;
    private static final long G3 = 0x103;

    @Test
    void theFirstDataHasNoPast() {
        Generations first = Generations.justCreated().bump(G1);
        assertThat(first).isEqualTo(new Generations(G1, Generations.NONE, List.of()));
        assertThat(first.isJustCreated()).isFalse();
        assertThat(Generations.justCreated().isJustCreated()).isTrue();
    }

    @Test
    void goingOnAloneKeepsWhatThePeerHas() {
        Generations once = new Generations(G1, 0, List.of()).bump(G2);
        assertThat(once).isEqualTo(new Generations(G2, G1, List.of(G1)));
        assertThat(once.bump(G3)).isEqualTo(new Generations(G3, G1, List.of(G2, G1)));
    }

    @Test
    void aResyncMarksItsTarget() {
        Generations equal = new Generations(G1, 0, List.of());
        Generations source = equal.markSyncSource(G2, false);
        assertThat(source).isEqualTo(new Generations(G1, G2, List.of()));
        assertThat(source.markSyncSource(G3, false)).isSameAs(source);
        assertThat(source.markSyncSource(G3, true))
                .as("a full copy does not rely on what the bitmap recorded before")
                .isEqualTo(new Generations(G1, G3, List.of(G2)));
        assertThat(Generations.syncTarget(G2)).isEqualTo(new Generations(G2, 0, List.of()));
        assertThat(source.peerHasCurrent()).isEqualTo(new Generations(G1, 0, List.of(G2)));
        assertThat(Generations.adopted(source)).isEqualTo(source.peerHasCurrent());
        assertThat(Generations.adopted(source.peerHasCurrent())).isEqualTo(source.peerHasCurrent());
    }

    @Test
    void theHistoryIsBoundedAndWithoutRepetition() {
        Generations generations = new Generations(1000, 0, List.of());
        for (long fresh = 1001; fresh < 1100; fresh++) {
            generations = generations.bump(fresh).peerHasCurrent();
            assertThat(generations.history()).hasSizeLessThanOrEqualTo(Limits.GENERATION_HISTORY);
            assertThat(generations.history()).doesNotHaveDuplicates();
            assertThat(generations.history().get(0)).isEqualTo(fresh - 1);
        }
        List<Long> tooLong = Collections.nCopies(Limits.GENERATION_HISTORY + 1, G1);
        assertThatThrownBy(() -> new Generations(G1, 0, tooLong))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void reservedValuesAreNeverFresh() {
        long[] given = {0, 4, 15, 16};
        int[] at = {0};
        assertThat(Generations.fresh(() -> given[at[0]++])).isEqualTo(16);
        assertThat(Generations.fresh(() -> -1)).isEqualTo(-1);
    }

    @Test
    void asText() {
        assertThat(new Generations(G1, 0, List.of(G2)).asText())
                .containsExactly("0000000000000101", "0000000000000000", "0000000000000102");
    }
}
