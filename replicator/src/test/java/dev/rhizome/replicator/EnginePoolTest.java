package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Payload;
import java.util.ArrayDeque;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class EnginePoolTest {

    @Test
    void theEngineIsCalledOnceWhenMemoryIsBack() {
        ArrayDeque<Runnable> loop = new ArrayDeque<>();
        int[] calls = new int[1];
        EnginePool pool = new EnginePool(new PayloadMemory(1 << 20, loop::add), () -> calls[0]++);
        Payload all = Objects.requireNonNull(pool.acquire(1 << 20));
        assertThat(pool.acquire(4096)).isNull();
        assertThat(pool.acquire(4096)).isNull();

        all.release();
        assertThat(calls[0]).isZero();
        loop.remove().run();

        assertThat(calls[0]).isEqualTo(1);
        assertThat(loop).isEmpty();
        assertThat(pool.acquire(4096)).isNotNull();
    }
}
