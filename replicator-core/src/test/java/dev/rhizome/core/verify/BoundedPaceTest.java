package dev.rhizome.core.verify;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BoundedPaceTest {
    private static final int RANGE = 128 << 10;
    private static final long SECOND_NS = 1_000_000_000;

    /** Begins whenever it may, for so long; how many bytes. */
    private static long run(VerifyPace pace, long fromNs, long forNs) {
        long bytes = 0;
        long nowNs = fromNs;
        while (nowNs < fromNs + forNs) {
            if (pace.mayBegin(nowNs, RANGE)) {
                pace.began(nowNs, RANGE);
                bytes += RANGE;
            } else {
                assertThat(pace.wakeNs()).isGreaterThan(nowNs);
                nowNs = pace.wakeNs();
            }
        }
        return bytes;
    }

    @Test
    void theRateIsKeptAndNotMore() {
        long rate = 100L << 20;
        long bytes = run(new BoundedPace(rate), -5 * SECOND_NS, SECOND_NS);
        assertThat(bytes).isBetween(rate - 4 * RANGE, rate + rate / 50 + RANGE);
    }

    @Test
    void aSlowRateWaitsBetweenRanges() {
        long bytes = run(new BoundedPace(64 << 10), 0, 20 * SECOND_NS);
        assertThat(bytes).isBetween(20L * (64 << 10) - RANGE, 20L * (64 << 10) + 2 * RANGE);
    }

    @Test
    void whatWasNotUsedIsNotSaved() {
        BoundedPace pace = new BoundedPace(1 << 20);
        run(pace, 0, SECOND_NS);
        long bytes = run(pace, 100 * SECOND_NS, SECOND_NS);
        assertThat(bytes).isLessThan((1 << 20) + 3 * RANGE);
    }

    @Test
    void anotherRateCountsFromNowOn() {
        BoundedPace pace = new BoundedPace(1 << 20);
        run(pace, 0, SECOND_NS);
        pace.adjust(100L << 20);
        long bytes = run(pace, SECOND_NS, SECOND_NS);
        assertThat(bytes).isGreaterThan(80L << 20);
    }

    @Test
    void zeroIsNoLimit() {
        BoundedPace pace = new BoundedPace(0);
        for (int i = 0; i < 10_000; i++) {
            assertThat(pace.mayBegin(0, RANGE)).isTrue();
            pace.began(0, RANGE);
        }
    }
}
