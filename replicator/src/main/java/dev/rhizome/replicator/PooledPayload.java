package dev.rhizome.replicator;

import dev.rhizome.transport.NettyPayload;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;

/** A payload over aligned memory: what a socket fills, a disk takes as it is, and back. */
final class PooledPayload extends NettyPayload {
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

    /** The memory, for the disk queue. */
    AlignedBuffer memory() {
        return memory;
    }

    @Override
    public boolean allZero() {
        ByteBuffer bytes = memory.buffer();
        int size = sizeBytes();
        int words = size & -Long.BYTES;
        for (int at = 0; at < words; at += Long.BYTES) {
            if (bytes.getLong(at) != 0) {
                return false;
            }
        }
        for (int at = words; at < size; at++) {
            if (bytes.get(at) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    protected void recycle() {
        pool.takeBack(memory);
    }
}
