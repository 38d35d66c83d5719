package dev.rhizome.fuzz;

import dev.rhizome.transport.NettyPayload;
import dev.rhizome.transport.NotifyingPayloadPool;
import io.netty.channel.IoEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A few payloads, which are counted: what is not given back is a leak. */
final class MemoryPool implements NotifyingPayloadPool {
    private final IoEventLoop loop;
    private final int total;
    private final int payloadBytes;
    private final ArrayDeque<Counted> free = new ArrayDeque<>();
    private final ArrayDeque<Runnable> waiters = new ArrayDeque<>();

    MemoryPool(IoEventLoop loop, int total, int payloadBytes) {
        this.loop = loop;
        this.total = total;
        this.payloadBytes = payloadBytes;
        for (int n = 0; n < total; n++) {
            free.add(new Counted(ByteBuffer.allocateDirect(payloadBytes)));
        }
    }

    @Override
    public @Nullable NettyPayload acquire(int sizeBytes) {
        Target.require(sizeBytes > 0 && sizeBytes <= payloadBytes, "a payload of " + sizeBytes);
        Counted payload = free.poll();
        if (payload != null) {
            payload.use(sizeBytes);
        }
        return payload;
    }

    @Override
    public void whenAvailable(Runnable waiter) {
        waiters.add(waiter);
    }

    private void wakeUp() {
        for (int n = waiters.size(); n > 0; n--) {
            waiters.remove().run();
        }
    }

    int inUse() {
        return total - free.size();
    }

    private final class Counted extends NettyPayload {
        Counted(ByteBuffer memory) {
            super(memory);
        }

        void use(int sizeBytes) {
            reuse(sizeBytes);
        }

        @Override
        protected void recycle() {
            free.push(this);
            if (!waiters.isEmpty()) {
                loop.execute(MemoryPool.this::wakeUp);
            }
        }
    }
}
