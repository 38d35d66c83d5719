package dev.rhizome.uring;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What both queues have in common: slots, their limit, the owner thread. */
abstract class SlotQueue implements DiskQueue {

    private final EventDescriptor event;
    private final Operation[] operations;
    private final int[] free;
    private int freeCount;
    private @Nullable Thread owner;
    private boolean closed;

    SlotQueue(int limit, EventDescriptor event) {
        this.event = event;
        operations = new Operation[limit];
        free = new int[limit];
        for (int index = 0; index < limit; index++) {
            operations[index] = new Operation(index);
            // The lowest index on top.
            free[index] = limit - 1 - index;
        }
        freeCount = limit;
    }

    /** Puts the operation's next call where {@link #submit} finds it. */
    abstract void enqueue(Operation operation);

    /** Hands all calls queued to whoever carries them out. */
    abstract void submitAll();

    /** Delivers what is finished and clears the event; the number delivered. */
    abstract int deliverFinished(DiskCompletion handler);

    /** Called once, by the owner, before anything else. */
    abstract void bind();

    /** Waits for everything in flight, dropping results, then gives back its resources. */
    abstract void drainAndFree();

    @Override
    public final void submit() {
        checkUsable();
        submitAll();
    }

    @Override
    public final int reap(DiskCompletion handler) {
        checkUsable();
        boolean returned = false;
        try {
            int count = deliverFinished(handler);
            returned = true;
            return count;
        } finally {
            if (!returned && !closed) {
                // The handler threw: what it did not get to see is still to be reaped.
                event.signal();
            }
        }
    }

    @Override
    public final int pollDescriptor() {
        return event.fd();
    }

    @Override
    public final void read(
            Disk disk,
            long token,
            AlignedBuffer memory,
            int memoryOffset,
            int lengthBytes,
            long diskOffsetBytes) {
        transfer(
                Operation.Call.READ,
                disk,
                token,
                memory,
                memoryOffset,
                lengthBytes,
                diskOffsetBytes,
                false);
    }

    @Override
    public final void write(
            Disk disk,
            long token,
            AlignedBuffer memory,
            int memoryOffset,
            int lengthBytes,
            long diskOffsetBytes,
            boolean durable) {
        transfer(
                Operation.Call.WRITE,
                disk,
                token,
                memory,
                memoryOffset,
                lengthBytes,
                diskOffsetBytes,
                durable);
    }

    private void transfer(
            Operation.Call direction,
            Disk disk,
            long token,
            AlignedBuffer memory,
            int memoryOffset,
            int lengthBytes,
            long diskOffsetBytes,
            boolean durable) {
        Objects.checkFromIndexSize(memoryOffset, lengthBytes, memory.capacityBytes());
        checkRange(diskOffsetBytes, lengthBytes);
        Operation operation = begin(disk, token);
        operation.transfer(direction, memory, memoryOffset, lengthBytes, diskOffsetBytes, durable);
        enqueue(operation);
    }

    @Override
    public final void flush(Disk disk, long token) {
        Operation operation = begin(disk, token);
        operation.sync();
        enqueue(operation);
    }

    @Override
    public final void trim(Disk disk, long token, long offsetBytes, long lengthBytes) {
        checkNotEmpty(offsetBytes, lengthBytes);
        Operation operation = begin(disk, token);
        operation.trim(offsetBytes, lengthBytes);
        enqueue(operation);
    }

    @Override
    public final void zero(Disk disk, long token, long offsetBytes, long lengthBytes) {
        checkNotEmpty(offsetBytes, lengthBytes);
        Operation operation = begin(disk, token);
        operation.zero(offsetBytes, lengthBytes);
        enqueue(operation);
    }

    @Override
    public final int inFlight() {
        return operations.length - freeCount;
    }

    @Override
    public final int limit() {
        return operations.length;
    }

    @Override
    public final void close() {
        if (closed) {
            return;
        }
        if (owner != null) {
            checkOwner();
        }
        closed = true;
        drainAndFree();
        event.close();
    }

    final EventDescriptor event() {
        return event;
    }

    final boolean isClosed() {
        return closed;
    }

    final Operation operation(int index) {
        return operations[index];
    }

    /** Frees the slot, then tells the handler, which may use the slot again. */
    final void deliver(Operation operation, DiskCompletion handler) {
        long token = operation.token();
        int result = operation.result();
        operation.end();
        free[freeCount++] = operation.index();
        handler.completed(token, result);
    }

    final void checkOwner() {
        if (owner == Thread.currentThread()) {
            return;
        }
        if (owner != null) {
            throw new IllegalStateException(
                    "the disk queue belongs to the thread "
                            + owner.getName()
                            + ", not to "
                            + Thread.currentThread().getName());
        }
        owner = Thread.currentThread();
        bind();
    }

    final void checkUsable() {
        if (closed) {
            throw new IllegalStateException("the disk queue is closed");
        }
        checkOwner();
    }

    private Operation begin(Disk disk, long token) {
        checkUsable();
        if (freeCount == 0) {
            throw new IllegalStateException(
                    "more than " + operations.length + " disk operations in flight");
        }
        Operation operation = operations[free[--freeCount]];
        operation.begin(disk, token);
        return operation;
    }

    private static void checkRange(long offsetBytes, long lengthBytes) {
        if (offsetBytes < 0 || lengthBytes < 0 || offsetBytes > Long.MAX_VALUE - lengthBytes) {
            throw new IllegalArgumentException(
                    "no disk has " + lengthBytes + " bytes at " + offsetBytes);
        }
    }

    private static void checkNotEmpty(long offsetBytes, long lengthBytes) {
        checkRange(offsetBytes, lengthBytes);
        if (lengthBytes == 0) {
            throw new IllegalArgumentException("an empty range at " + offsetBytes);
        }
    }
}
