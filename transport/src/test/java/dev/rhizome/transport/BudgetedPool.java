package dev.rhizome.transport;

import io.netty.channel.IoEventLoop;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A pool of a fixed number of payloads of one size, on one loop, that counts what is out. */
public final class BudgetedPool implements NotifyingPayloadPool {
    private final IoEventLoop loop;
    private final int payloadBytes;
    private final ArrayDeque<Pooled> free = new ArrayDeque<>();
    private final ArrayDeque<Runnable> waiters = new ArrayDeque<>();
    private final int total;
    private boolean wakeUpPosted;
    private int refusals;

    public BudgetedPool(IoEventLoop loop, int payloads, int payloadBytes) {
        this.loop = loop;
        this.payloadBytes = payloadBytes;
        this.total = payloads;
        for (int i = 0; i < payloads; i++) {
            free.add(new Pooled(ByteBuffer.allocateDirect(payloadBytes)));
        }
    }

    @Override
    public @Nullable NettyPayload acquire(int sizeBytes) {
        if (sizeBytes < 1 || sizeBytes > payloadBytes) {
            throw new IllegalArgumentException("size " + sizeBytes);
        }
        Pooled payload = free.poll();
        if (payload == null) {
            refusals++;
            return null;
        }
        payload.use(sizeBytes);
        return payload;
    }

    @Override
    public void whenAvailable(Runnable waiter) {
        waiters.add(waiter);
    }

    private void wakeUp() {
        wakeUpPosted = false;
        for (int n = waiters.size(); n > 0; n--) {
            waiters.remove().run();
        }
    }

    /** How many payloads are held by somebody. */
    public int inUse() {
        return total - free.size();
    }

    /** How often the pool was spent. */
    public int refusals() {
        return refusals;
    }

    private final class Pooled extends NettyPayload {
        Pooled(ByteBuffer memory) {
            super(memory);
        }

        void use(int sizeBytes) {
            reuse(sizeBytes);
        }

        @Override
        protected void recycle() {
            free.push(this);
            if (!waiters.isEmpty() && !wakeUpPosted) {
                wakeUpPosted = true;
                loop.execute(BudgetedPool.this::wakeUp);
            }
        }
    }
}
