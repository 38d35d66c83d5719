package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResyncRateTest {
    private static final long SECOND_NS = 1_000_000_000;

    private final ResyncRate rate = new ResyncRate();

    @Test
    void thereIsNoneWithoutAResync() {
        rate.sample(0, 0, 0);
        assertThat(rate.progress(SECOND_NS, 0, 0)).isNull();
    }

    @Test
    void theRateIsThatOfTheLastSamples() {
        assertThat(rate.progress(0, 1000, 0)).isEqualTo(new ResyncProgress(1000, 0, 0, -1));
        for (int second = 0; second <= 20; second++) {
            // Slow at first, then ten a second.
            long done = second < 10 ? second : 10 + (second - 10) * 10L;
            rate.sample(second * SECOND_NS, 1000, done);
        }
        assertThat(rate.progress(20 * SECOND_NS, 1000, 110))
                .isEqualTo(new ResyncProgress(1000, 110, 10, 89));
    }

    @Test
    void aNewResyncStartsAnew() {
        rate.sample(0, 1000, 0);
        rate.sample(SECOND_NS, 1000, 900);
        rate.sample(2 * SECOND_NS, 500, 10);
        assertThat(rate.progress(3 * SECOND_NS, 500, 20))
                .isEqualTo(new ResyncProgress(500, 20, 10, 48));
    }

    @Test
    void moreThanExpectedIsNoNegativeTime() {
        rate.sample(0, 1000, 0);
        assertThat(rate.progress(SECOND_NS, 1000, 2000))
                .isEqualTo(new ResyncProgress(1000, 2000, 2000, 0));
    }
}
