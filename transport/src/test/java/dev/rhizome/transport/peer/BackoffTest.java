package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class BackoffTest {
    private static final long BASE_NS = 1_000_000;

    @Test
    void itGrowsUpToALimitAndBeginsAnew() {
        Backoff backoff = new Backoff(BASE_NS, new Random(7));
        long[] expected = {1, 2, 4, 8, 10, 10, 10};
        for (int round = 0; round < 3; round++) {
            for (long times : expected) {
                long center = times * BASE_NS;
                assertThat(backoff.nextNs()).isBetween(center - center / 5, center + center / 5);
            }
            backoff.reset();
        }
    }

    @Test
    void twoNodesDoNotStayInStep() {
        Backoff one = new Backoff(BASE_NS, new Random(1));
        Set<Long> waits = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            waits.add(one.nextNs());
        }
        assertThat(waits).hasSizeGreaterThan(90);
    }

    @Test
    void aMomentIsShort() {
        Backoff backoff = new Backoff(BASE_NS, new Random(7));
        for (int i = 0; i < 1000; i++) {
            assertThat(backoff.momentNs()).isBetween(0L, BASE_NS / 4);
        }
        assertThat(backoff.nextNs()).isLessThan(2 * BASE_NS);
    }
}
