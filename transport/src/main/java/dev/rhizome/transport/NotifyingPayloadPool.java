package dev.rhizome.transport;

import dev.rhizome.core.PayloadPool;
import org.jspecify.annotations.Nullable;

/**
 * A pool of {@link NettyPayload}s that says when memory has come back, so that a channel whose
 * reading has stopped for want of it goes on. One event loop uses it.
 */
public interface NotifyingPayloadPool extends PayloadPool {

    @Override
    @Nullable NettyPayload acquire(int sizeBytes);

    /**
     * Runs a waiter once, on the event loop, after the next payload has come back; never during
     * this call nor within a release. Waiters run in the order in which they asked. Who finds the
     * pool spent again asks again.
     *
     * @param waiter asks at most once at a time, so there are as many as channels
     */
    void whenAvailable(Runnable waiter);
}
