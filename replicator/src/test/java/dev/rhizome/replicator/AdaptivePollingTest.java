package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.SelectStrategy;
import org.junit.jupiter.api.Test;

class AdaptivePollingTest {
    private static final long LONGEST_NS = 100_000;
    private static final int NOTHING = 0;

    private long nowNs = 1_000_000;
    private int looks;
    private int ready;
    private final AdaptivePolling polling = new AdaptivePolling(LONGEST_NS, () -> nowNs);

    @Test
    void anIdleLoopSleepsAtOnce() throws Exception {
        for (int wakeUp = 0; wakeUp < 10; wakeUp++) {
            assertThat(turn()).isEqualTo(SelectStrategy.SELECT);
            nowNs += 1_000_000_000;
        }
        assertThat(looks).isZero();
    }

    @Test
    void shortWaitsLetItLookInsteadOfSleeping() throws Exception {
        assertThat(turn()).isEqualTo(SelectStrategy.SELECT);
        nowNs += 15_000;

        assertThat(turn()).isEqualTo(SelectStrategy.CONTINUE);
        nowNs += 15_000;
        ready = 3;
        assertThat(turn()).as("what is ready is handled at once").isEqualTo(3);
        ready = NOTHING;
        assertThat(turn()).as("the next wait begins anew").isEqualTo(SelectStrategy.CONTINUE);
    }

    @Test
    void itLooksNoLongerThanItsWindow() throws Exception {
        assertThat(turn()).isEqualTo(SelectStrategy.SELECT);
        nowNs += LONGEST_NS;
        long beganNs = nowNs;
        while (turn() == SelectStrategy.CONTINUE) {
            nowNs += 1_000;
        }
        assertThat(nowNs - beganNs).isEqualTo(20_000);
    }

    @Test
    void theWindowGrowsToTheLongestAndLongWaitsCloseIt() throws Exception {
        for (int wait = 0; wait < 10; wait++) {
            sleepThrough(LONGEST_NS);
        }
        assertThat(windowNs()).isEqualTo(LONGEST_NS);

        for (int wait = 0; wait < 4; wait++) {
            sleepThrough(LONGEST_NS + 1);
        }
        assertThat(windowNs()).isZero();
    }

    @Test
    void whatTheLoopItselfHasToDoIsNotHeldUp() throws Exception {
        sleepThrough(10_000);
        turn();
        assertThat(polling.calculateStrategy(this::look, true)).isEqualTo(NOTHING);
    }

    @Test
    void withoutAWindowTheLoopSleepsAtOnce() throws Exception {
        SelectStrategy never = AdaptivePolling.factory(0).newSelectStrategy();
        assertThat(never.calculateStrategy(this::look, false)).isEqualTo(SelectStrategy.SELECT);
        ready = 2;
        assertThat(never.calculateStrategy(this::look, true)).isEqualTo(2);
    }

    private int turn() throws Exception {
        return polling.calculateStrategy(this::look, false);
    }

    private int look() {
        looks++;
        return ready;
    }

    /** One wait without an event for so long, however much of it the loop looks. */
    private void sleepThrough(long waitNs) throws Exception {
        long beganNs = nowNs;
        while (turn() == SelectStrategy.CONTINUE) {
            nowNs += 1_000;
        }
        nowNs = beganNs + waitNs;
        polling.calculateStrategy(this::look, true);
    }

    private long windowNs() throws Exception {
        long beganNs = nowNs;
        while (turn() == SelectStrategy.CONTINUE) {
            nowNs += 1_000;
        }
        return nowNs - beganNs;
    }
}
