package dev.rhizome.uring;

import org.jspecify.annotations.Nullable;

/**
 * Aligned memory with a budget. Buffers come in powers of two from {@value #MIN_BUFFER_BYTES} to
 * {@value #MAX_BUFFER_BYTES} bytes; memory is taken lazily, 1 MiB at a time, kept, and counts
 * against the JVM's {@code -XX:MaxDirectMemorySize}. Once the memory is there, nothing is
 * allocated. Not thread-safe: a pool belongs to one event loop.
 */
public final class AlignedBufferPool {

    /** The smallest buffer. */
    public static final int MIN_BUFFER_BYTES = 4096;

    /** The largest buffer. */
    public static final int MAX_BUFFER_BYTES = 1 << 20;

    private static final int MAX_ORDER = orderFor(MAX_BUFFER_BYTES);

    private final long budgetBytes;
    // Slabs 0 to fullSlabs - 1 have MAX_ORDER; the rest of the budget is one slab per power of two.
    private final int fullSlabs;
    private final int remainder;
    private final @Nullable Slab[] slabs;
    private long usedBytes;

    /**
     * A pool without memory yet.
     *
     * @param budgetBytes the sum of all size classes that can be out at once, a multiple of {@value
     *     #MIN_BUFFER_BYTES}, at most 1 TiB
     */
    public AlignedBufferPool(long budgetBytes) {
        if (budgetBytes < MIN_BUFFER_BYTES
                || budgetBytes > 1L << 40
                || budgetBytes % MIN_BUFFER_BYTES != 0) {
            throw new IllegalArgumentException(
                    "a pool's budget is a multiple of "
                            + MIN_BUFFER_BYTES
                            + " bytes up to 1 TiB, not "
                            + budgetBytes);
        }
        this.budgetBytes = budgetBytes;
        fullSlabs = (int) (budgetBytes / MAX_BUFFER_BYTES);
        remainder = (int) (budgetBytes % MAX_BUFFER_BYTES) / MIN_BUFFER_BYTES;
        slabs = new Slab[fullSlabs + Integer.bitCount(remainder)];
    }

    /**
     * A buffer of at least {@code sizeBytes}, contents undefined, view cleared and big-endian.
     *
     * @param sizeBytes from 1 to {@value #MAX_BUFFER_BYTES}
     * @return the buffer, or null if no free piece of the budget is large enough
     */
    public @Nullable AlignedBuffer acquire(int sizeBytes) {
        if (sizeBytes < 1 || sizeBytes > MAX_BUFFER_BYTES) {
            throw new IllegalArgumentException(
                    "a pooled buffer has 1 to " + MAX_BUFFER_BYTES + " bytes, not " + sizeBytes);
        }
        int order = orderFor(sizeBytes);
        Slab slab = slabWith(order);
        if (slab == null) {
            return null;
        }
        AlignedBuffer buffer = slab.acquire(order);
        buffer.acquire();
        usedBytes += buffer.capacityBytes();
        return buffer;
    }

    /**
     * Gives a buffer back.
     *
     * @throws IllegalStateException if it was given back already
     * @throws IllegalArgumentException if it is not of this pool
     */
    public void release(AlignedBuffer buffer) {
        Slab slab = buffer.slab();
        if (slab == null || slab.pool() != this) {
            throw new IllegalArgumentException("the buffer is not of this pool");
        }
        buffer.release();
        slab.release(buffer.node());
        usedBytes -= buffer.capacityBytes();
    }

    /** The budget. */
    public long budgetBytes() {
        return budgetBytes;
    }

    /** The size classes that are out. */
    public long usedBytes() {
        return usedBytes;
    }

    private @Nullable Slab slabWith(int order) {
        int unmade = -1;
        for (int index = 0; index < slabs.length; index++) {
            Slab slab = slabs[index];
            if (slab != null) {
                if (slab.largestFree() >= order) {
                    return slab;
                }
            } else if (unmade < 0 && orderOfSlab(index) >= order) {
                unmade = index;
            }
        }
        if (unmade < 0) {
            return null;
        }
        Slab made = new Slab(this, orderOfSlab(unmade));
        slabs[unmade] = made;
        return made;
    }

    private int orderOfSlab(int index) {
        if (index < fullSlabs) {
            return MAX_ORDER;
        }
        int rest = remainder;
        for (int skip = index - fullSlabs; skip > 0; skip--) {
            rest -= Integer.highestOneBit(rest);
        }
        return 31 - Integer.numberOfLeadingZeros(rest);
    }

    private static int orderFor(int sizeBytes) {
        int units = (sizeBytes + MIN_BUFFER_BYTES - 1) / MIN_BUFFER_BYTES;
        return 32 - Integer.numberOfLeadingZeros(units - 1);
    }
}
