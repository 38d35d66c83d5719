package dev.rhizome.uring;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One piece of memory, shared out by halving (a buddy allocator), so that freed neighbours join up
 * again and a pool that served small buffers can serve large ones afterwards.
 *
 * <p>The halves are a complete binary tree in an array: node 1 is the whole, node n halves into 2n
 * and 2n+1. Each node remembers the largest order that is free under it; order 0 is {@link
 * AlignedBufferPool#MIN_BUFFER_BYTES}.
 */
final class Slab {

    private static final byte NOTHING = -1;

    private final AlignedBufferPool pool;
    private final int order;
    private final ByteBuffer memory;
    private final byte[] largestFree;
    private final @Nullable AlignedBuffer[] buffers;

    Slab(AlignedBufferPool pool, int order) {
        this.pool = pool;
        this.order = order;
        memory = AlignedBuffer.alignedMemory(AlignedBufferPool.MIN_BUFFER_BYTES << order);
        largestFree = new byte[2 << order];
        for (int node = 1; node < largestFree.length; node++) {
            largestFree[node] = (byte) orderOf(node);
        }
        buffers = new AlignedBuffer[2 << order];
    }

    AlignedBufferPool pool() {
        return pool;
    }

    int largestFree() {
        return largestFree[1];
    }

    /** A free buffer of an order up to {@link #largestFree}. */
    AlignedBuffer acquire(int wanted) {
        int node = 1;
        while (orderOf(node) > wanted) {
            int left = 2 * node;
            int right = left + 1;
            // The fuller half, so that the other one stays whole for a large buffer.
            boolean leftFits = largestFree[left] >= wanted;
            boolean rightIsTighter =
                    largestFree[right] >= wanted && largestFree[right] < largestFree[left];
            node = leftFits && !rightIsTighter ? left : right;
        }
        largestFree[node] = NOTHING;
        updateAbove(node);
        return bufferAt(node);
    }

    void release(int node) {
        largestFree[node] = (byte) orderOf(node);
        updateAbove(node);
    }

    private void updateAbove(int changed) {
        for (int node = changed / 2; node >= 1; node /= 2) {
            int whole = orderOf(node) - 1;
            byte left = largestFree[2 * node];
            byte right = largestFree[2 * node + 1];
            boolean bothFree = left == whole && right == whole;
            largestFree[node] = bothFree ? (byte) (whole + 1) : (byte) Math.max(left, right);
        }
    }

    private AlignedBuffer bufferAt(int node) {
        AlignedBuffer buffer = buffers[node];
        if (buffer == null) {
            int size = AlignedBufferPool.MIN_BUFFER_BYTES << orderOf(node);
            int firstOfLevel = Integer.highestOneBit(node);
            ByteBuffer part = memory.slice((node - firstOfLevel) * size, size);
            buffer = AlignedBuffer.within(this, node, part);
            buffers[node] = buffer;
        }
        return buffer;
    }

    private int orderOf(int node) {
        return order - (31 - Integer.numberOfLeadingZeros(node));
    }
}
