package dev.rhizome.replicator;

import dev.rhizome.device.DevicePayload;
import dev.rhizome.transport.NettyPayload;
import dev.rhizome.uring.AlignedBuffer;

/** A payload over aligned memory: what a socket fills, a disk takes as it is, and back. */
final class PooledPayload extends NettyPayload implements DevicePayload {
    private final PayloadMemory pool;
    private final AlignedBuffer memory;

    PooledPayload(PayloadMemory pool, AlignedBuffer memory) {
        super(memory.buffer().duplicate().clear());
        this.pool = pool;
        this.memory = memory;
    }

    void start(int sizeBytes) {
        reuse(sizeBytes);
    }

    @Override
    public AlignedBuffer memory() {
        return memory;
    }

    @Override
    protected void recycle() {
        pool.takeBack(memory);
    }
}
