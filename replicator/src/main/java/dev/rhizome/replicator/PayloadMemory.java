package dev.rhizome.replicator;

import dev.rhizome.device.DeviceMemory;
import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.uring.AlignedBuffer;
import dev.rhizome.uring.AlignedBufferPool;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A budget of payloads over aligned memory (INV-17). Each consumer has its own, so that one that
 * falls behind cannot starve another. A payload object stays with its memory: after warm-up nothing
 * is allocated. Belongs to one event loop.
 *
 * <p>Memory also comes back where the engine is not at work: a socket that has taken the last bytes
 * of an answer gives them back. So who waits is woken by a task of the loop.
 */
final class PayloadMemory implements NotifyingPayloadPool, DeviceMemory {
    private final AlignedBufferPool buffers;
    private final ArrayDeque<Runnable> waiters = new ArrayDeque<>();
    private final Executor loop;
    private final Runnable wake = this::wake;
    private boolean wakeDue;

    PayloadMemory(long budgetBytes, Executor loop) {
        buffers = new AlignedBufferPool(budgetBytes);
        this.loop = loop;
    }

    @Override
    public @Nullable PooledPayload acquire(int sizeBytes) {
        AlignedBuffer memory = buffers.acquire(sizeBytes);
        if (memory == null) {
            return null;
        }
        PooledPayload payload = (PooledPayload) memory.attachment();
        if (payload == null) {
            payload = new PooledPayload(this, memory);
            memory.attach(payload);
        }
        payload.start(sizeBytes);
        return payload;
    }

    /** {@inheritDoc} A waiter lets nothing escape: the loop would only log it. */
    @Override
    public void whenAvailable(Runnable waiter) {
        waiters.add(waiter);
    }

    void takeBack(AlignedBuffer memory) {
        buffers.release(memory);
        if (!waiters.isEmpty() && !wakeDue) {
            wakeDue = true;
            loop.execute(wake);
        }
    }

    private void wake() {
        wakeDue = false;
        for (int turns = waiters.size(); turns > 0; turns--) {
            waiters.remove().run();
        }
    }

    long usedBytes() {
        return buffers.usedBytes();
    }
}
