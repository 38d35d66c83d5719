package dev.rhizome.replicator;

import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.uring.AlignedBuffer;
import dev.rhizome.uring.AlignedBufferPool;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A budget of payloads over aligned memory (INV-17). Each consumer has its own, so that one that
 * falls behind cannot starve another. A payload object stays with its memory: after warm-up nothing
 * is allocated. Belongs to one event loop.
 */
final class PayloadMemory implements NotifyingPayloadPool {
    private final AlignedBufferPool buffers;
    private final ArrayDeque<Runnable> waiters = new ArrayDeque<>();
    private final Turn turn;
    private boolean wakeDue;

    PayloadMemory(long budgetBytes, Turn turn) {
        buffers = new AlignedBufferPool(budgetBytes);
        this.turn = turn;
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

    @Override
    public void whenAvailable(Runnable waiter) {
        waiters.add(waiter);
    }

    void takeBack(AlignedBuffer memory) {
        buffers.release(memory);
        if (!waiters.isEmpty() && !wakeDue) {
            wakeDue = true;
            turn.later(this::wake);
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
