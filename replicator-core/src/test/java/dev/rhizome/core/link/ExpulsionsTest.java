package dev.rhizome.core.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ExpulsionsTest {
    private static final long LIMIT_NS = 30_000;

    private final Expulsions expulsions = new Expulsions(LIMIT_NS);
    private long nowNs = 1;

    /** Tried as soon as that is allowed, and late again. */
    private long late() {
        nowNs = Math.max(nowNs, expulsions.pausing() ? expulsions.deadlineNs() : nowNs);
        assertThat(expulsions.endsAt(nowNs)).isEqualTo(expulsions.inARow() > 1);
        nowNs += LIMIT_NS;
        return expulsions.onExpelled(nowNs);
    }

    @Test
    void onceMayHappen() {
        assertThat(late()).isZero();
        assertThat(expulsions.pausing()).isFalse();
        assertThat(expulsions.deadlineNs()).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void thePausesGrowUpToALimit() {
        assertThat(late()).isZero();
        for (long times : new long[] {1, 2, 4, 8, 16, 16, 16}) {
            assertThat(late()).isEqualTo(times * LIMIT_NS);
            assertThat(expulsions.deadlineNs()).isEqualTo(nowNs + times * LIMIT_NS);
            assertThat(expulsions.endsAt(nowNs + times * LIMIT_NS - 1)).isFalse();
            assertThat(expulsions.pausing()).isTrue();
        }
    }

    @Test
    void anotherTimeOutCountsFromTheNextPauseOn() {
        late();
        late();
        long endNs = expulsions.deadlineNs();
        expulsions.adjust(10 * LIMIT_NS);
        assertThat(expulsions.deadlineNs()).isEqualTo(endNs);
        assertThat(late()).isEqualTo(20 * LIMIT_NS);
    }

    @Test
    void whoHoldsOutLongEnoughBeginsAnew() {
        late();
        late();
        late();
        assertThat(expulsions.inARow()).isEqualTo(3);
        assertThat(expulsions.endsAt(nowNs + 2 * LIMIT_NS)).isTrue();
        nowNs += 10 * LIMIT_NS;
        assertThat(expulsions.onExpelled(nowNs)).isZero();
        assertThat(expulsions.inARow()).isOne();
    }

    @Test
    void whoDoesNotHoldOutGoesOn() {
        late();
        late();
        assertThat(expulsions.endsAt(nowNs + LIMIT_NS)).isTrue();
        nowNs += 5 * LIMIT_NS;
        assertThat(expulsions.onExpelled(nowNs)).isEqualTo(2 * LIMIT_NS);
    }

    @Test
    void anOperatorForgives() {
        late();
        late();
        expulsions.forgive();
        assertThat(expulsions.pausing()).isFalse();
        nowNs += LIMIT_NS;
        assertThat(expulsions.onExpelled(nowNs)).isZero();
    }
}
