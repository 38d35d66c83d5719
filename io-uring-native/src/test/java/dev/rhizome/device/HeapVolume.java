package dev.rhizome.device;

import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.request.Volume;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A volume in memory, and the memory of its front end. Requests are answered at once, or, in {@link
 * #held}, when the test says so.
 */
public final class HeapVolume implements Volume, DeviceMemory {

    /** A request that the volume holds back. */
    public record Held(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {}

    private final ByteBuffer bytes;
    private final long sizeBytes;
    private final int sectorBytes;
    private final ArrayDeque<Buffer> free = new ArrayDeque<>();

    /** What is held back; answered by {@link #answer}. */
    public final List<Held> held = new ArrayList<>();

    /** Payloads that the front end may have at once. */
    public int budget = Integer.MAX_VALUE;

    /** Payloads that are out. */
    public int acquired;

    /** Whether requests are held back. */
    public boolean holds;

    /** How requests end. */
    public IoStatus status = IoStatus.OK;

    private @Nullable Runnable waiter;

    /** A volume of nothing. */
    public HeapVolume(long sizeBytes, int sectorBytes) {
        this(ByteBuffer.allocateDirect(0), sizeBytes, sectorBytes);
    }

    /** A volume in memory of the caller's. */
    public HeapVolume(ByteBuffer memory, int sectorBytes) {
        this(memory, memory.capacity(), sectorBytes);
    }

    private HeapVolume(ByteBuffer memory, long sizeBytes, int sectorBytes) {
        bytes = memory;
        this.sizeBytes = sizeBytes;
        this.sectorBytes = sectorBytes;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public int sectorBytes() {
        return sectorBytes;
    }

    @Override
    public boolean serving() {
        return true;
    }

    @Override
    public void submit(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {
        if (holds) {
            held.add(
                    new Held(operation, fua, offsetBytes, lengthBytes, payload, completion, token));
        } else {
            serve(operation, offsetBytes, lengthBytes, payload, completion, token);
        }
    }

    /** Answers the request that has been held back the longest. */
    public Held answer() {
        return answer(0);
    }

    /** Answers one of the requests that have been held back. */
    public Held answer(int index) {
        Held first = held.remove(index);
        serve(
                first.operation(),
                first.offsetBytes(),
                first.lengthBytes(),
                first.payload(),
                first.completion(),
                first.token());
        return first;
    }

    private void serve(
            Operation operation,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token) {
        if (status != IoStatus.OK) {
            if (payload != null) {
                payload.release();
            }
            completion.complete(token, status, null);
            return;
        }
        int at = (int) offsetBytes;
        int length = (int) lengthBytes;
        switch (operation) {
            case READ -> copy(bytes, at, memoryOf(payload), 0, length);
            case WRITE -> copy(memoryOf(payload), 0, bytes, at, length);
            case TRIM, ZERO -> zero(at, length);
            case FLUSH -> {}
        }
        if (operation == Operation.READ) {
            completion.complete(token, status, payload);
        } else {
            if (payload != null) {
                payload.release();
            }
            completion.complete(token, status, null);
        }
    }

    private void copy(ByteBuffer from, int fromAt, ByteBuffer to, int toAt, int length) {
        if (bytes.capacity() > 0) {
            to.put(toAt, from, fromAt, length);
        }
    }

    private void zero(int at, int length) {
        for (int index = 0; index < length && bytes.capacity() > 0; index += Long.BYTES) {
            bytes.putLong(at + index, 0);
        }
    }

    private static ByteBuffer memoryOf(@Nullable Payload payload) {
        if (payload == null) {
            throw new IllegalArgumentException("a read or write without a payload");
        }
        return ((Buffer) payload).memory().buffer();
    }

    @Override
    public @Nullable DevicePayload acquire(int size) {
        if (acquired >= budget) {
            return null;
        }
        acquired++;
        Buffer buffer = free.isEmpty() ? new Buffer() : free.pop();
        buffer.sizeBytes = size;
        return buffer;
    }

    @Override
    public void whenAvailable(Runnable told) {
        if (waiter != null) {
            throw new IllegalStateException("one waiter at a time");
        }
        waiter = told;
    }

    /** Runs the waiter, if something has been given back. */
    public void runWaiter() {
        Runnable told = waiter;
        if (told != null && acquired < budget) {
            waiter = null;
            told.run();
        }
    }

    /** Of the largest size, used again. */
    private final class Buffer implements DevicePayload {
        private final AlignedBuffer memory = AlignedBuffer.allocate(1 << 20);
        private int sizeBytes;

        @Override
        public AlignedBuffer memory() {
            return memory;
        }

        @Override
        public int sizeBytes() {
            return sizeBytes;
        }

        @Override
        public void shorten(int newSizeBytes) {
            sizeBytes = newSizeBytes;
        }

        @Override
        public boolean allZero() {
            return false;
        }

        @Override
        public void digests(int blockBytes, ByteBuffer into) {
            throw new UnsupportedOperationException("nothing is checked here");
        }

        @Override
        public void retain() {
            throw new UnsupportedOperationException("there is one reference");
        }

        @Override
        public void release() {
            acquired--;
            free.push(this);
        }
    }
}
