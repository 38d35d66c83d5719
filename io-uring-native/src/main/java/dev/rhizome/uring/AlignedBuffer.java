package dev.rhizome.uring;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Direct memory that starts at a multiple of {@value #ALIGNMENT_BYTES}, as direct I/O wants it.
 * Comes from an {@link AlignedBufferPool} or, for a long life, from {@link #allocate}. Not
 * thread-safe.
 */
public final class AlignedBuffer {

    /** What every buffer's address is a multiple of. */
    public static final int ALIGNMENT_BYTES = 4096;

    private final ByteBuffer buffer;
    private final long address;
    private final @Nullable Slab slab;
    private final int node;
    private @Nullable Object attachment;
    private boolean acquired;

    private AlignedBuffer(ByteBuffer buffer, @Nullable Slab slab, int node) {
        this.buffer = buffer.order(ByteOrder.BIG_ENDIAN);
        this.address = MemoryIO.getInstance().getDirectBufferAddress(buffer);
        this.slab = slab;
        this.node = node;
    }

    /**
     * Memory of its own, zeroed, given back by the garbage collector.
     *
     * @param sizeBytes the capacity, at least 1
     */
    public static AlignedBuffer allocate(int sizeBytes) {
        return new AlignedBuffer(alignedMemory(sizeBytes), null, 0);
    }

    static AlignedBuffer within(Slab slab, int node, ByteBuffer memory) {
        return new AlignedBuffer(memory, slab, node);
    }

    static ByteBuffer alignedMemory(int sizeBytes) {
        if (sizeBytes < 1) {
            throw new IllegalArgumentException("a buffer of " + sizeBytes + " bytes");
        }
        int whole = Math.addExact(sizeBytes, ALIGNMENT_BYTES);
        ByteBuffer raw = ByteBuffer.allocateDirect(whole);
        int skip = (ALIGNMENT_BYTES - raw.alignmentOffset(0, ALIGNMENT_BYTES)) % ALIGNMENT_BYTES;
        return raw.slice(skip, sizeBytes);
    }

    /** The memory's address. */
    public long address() {
        return address;
    }

    /**
     * The memory as a direct, big-endian view, always the same one: position, limit and order are
     * the user's until the buffer is released.
     */
    public ByteBuffer buffer() {
        return buffer;
    }

    /** The usable bytes; of a pooled buffer, its whole size class. */
    public int capacityBytes() {
        return buffer.capacity();
    }

    /** What {@link #attach} left here. It stays across release and acquire. */
    public @Nullable Object attachment() {
        return attachment;
    }

    /** Keeps an object of the user with this memory, so that a wrapper need not be made anew. */
    public void attach(@Nullable Object object) {
        attachment = object;
    }

    @Nullable Slab slab() {
        return slab;
    }

    int node() {
        return node;
    }

    void acquire() {
        acquired = true;
        buffer.clear().order(ByteOrder.BIG_ENDIAN);
    }

    void release() {
        if (!acquired) {
            throw new IllegalStateException(
                    "a buffer of " + capacityBytes() + " bytes was released twice");
        }
        acquired = false;
    }
}
