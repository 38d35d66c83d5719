package dev.rhizome.core.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Limits;
import org.junit.jupiter.api.Test;

class FoundRangesTest {
    private final FoundRanges found = new FoundRanges();

    @Test
    void neighboursAreJoinedInWhateverOrderTheyCome() {
        found.add(8192, 4096);
        found.add(0, 4096);
        found.add(20_480, 4096);
        assertThat(found.list())
                .map(FoundRange::toString)
                .containsExactly("0+4096", "8192+4096", "20480+4096");
        found.add(4096, 4096);
        assertThat(found.list()).map(FoundRange::toString).containsExactly("0+12288", "20480+4096");
        assertThat(found.totalBytes()).isEqualTo(4 * 4096);
    }

    @Test
    void theListHasALimitAndTheRestIsCounted() {
        for (int i = 0; i < Limits.MAX_FOUND_RANGES; i++) {
            assertThat(found.add(i * 8192L, 4096)).isTrue();
        }
        assertThat(found.add(1 << 30, 4096)).isFalse();
        assertThat(found.unlistedBytes()).isEqualTo(4096);
        // What joins a range that is listed is listed.
        assertThat(found.add(4096, 4096)).isTrue();
        assertThat(found.list()).hasSize(Limits.MAX_FOUND_RANGES - 1);
        assertThat(found.totalBytes()).isEqualTo((Limits.MAX_FOUND_RANGES + 2) * 4096L);
        found.clear();
        assertThat(found.list()).isEmpty();
        assertThat(found.totalBytes()).isZero();
    }
}
