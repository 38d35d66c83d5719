package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PayloadMemoryTest {
    private final ArrayDeque<Runnable> loop = new ArrayDeque<>();
    private final PayloadMemory memory = new PayloadMemory(1 << 20, loop::add);

    private PooledPayload acquire(int bytes) {
        return Objects.requireNonNull(memory.acquire(bytes));
    }

    private void runLoop() {
        for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
            task.run();
        }
    }

    @Test
    void aReleaseHandsNothingOutByItselfAndWakesThroughTheLoop() {
        PooledPayload all = acquire(1 << 20);
        List<@Nullable PooledPayload> got = new ArrayList<>();
        assertThat(memory.acquire(4096)).isNull();
        memory.whenAvailable(() -> got.add(memory.acquire(4096)));
        memory.whenAvailable(() -> got.add(memory.acquire(1 << 20)));

        all.release();
        assertThat(got).isEmpty();
        assertThat(memory.usedBytes()).isZero();

        runLoop();
        assertThat(got).hasSize(2).last().isNull();
        assertThat(got).first().isNotNull();
        runLoop();
        assertThat(got).hasSize(2);
    }

    @Test
    void whoFindsNothingAsksAgainAndIsWokenAgain() {
        PooledPayload half = acquire(1 << 19);
        PooledPayload other = acquire(1 << 19);
        List<PooledPayload> got = new ArrayList<>();
        Runnable[] waiter = new Runnable[1];
        waiter[0] =
                () -> {
                    PooledPayload payload = memory.acquire(1 << 20);
                    if (payload == null) {
                        memory.whenAvailable(waiter[0]);
                    } else {
                        got.add(payload);
                    }
                };
        memory.whenAvailable(waiter[0]);
        half.release();
        runLoop();
        assertThat(got).isEmpty();
        other.release();
        runLoop();
        assertThat(got).hasSize(1);
    }

    @Test
    void afterWarmUpAPayloadIsTheSameObject() {
        PooledPayload first = acquire(5000);
        first.release();
        PooledPayload second = acquire(6000);
        assertThat(second).isSameAs(first);
        assertThat(second.sizeBytes()).isEqualTo(6000);
        assertThat(second.references()).isEqualTo(1);
        second.release();
    }
}
