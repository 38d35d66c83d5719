package dev.rhizome.uring;

import java.io.IOException;

/**
 * An asynchronous queue of disk operations, owned by one thread.
 *
 * <p>The owner is the first thread that queues, submits or reaps; the queue may be opened on
 * another one. Every later call except {@link #pollDescriptor}, {@link #description} and {@link
 * #limit} is made by the owner. An operation only waits in the queue until {@link #submit} hands
 * everything queued to the kernel at once. Operations in flight run in any order: who needs an
 * order (a flush after the writes that it covers) waits for the completions first.
 *
 * <p>Every operation ends in exactly one call of the {@link DiskCompletion} given to {@link #reap}.
 * What the disk refuses comes back there as a negative errno, also for a closed disk ({@code
 * -EBADF}) and for a direct disk's misaligned offset or length ({@code -EINVAL}). What is a bug of
 * the caller throws: {@link IllegalStateException} beyond the limit, on a foreign thread or a
 * closed queue; {@link IndexOutOfBoundsException} for a range outside the memory; {@link
 * IllegalArgumentException} for a range that no disk has.
 *
 * <p>Nothing is allocated per operation.
 */
public interface DiskQueue extends AutoCloseable {

    /**
     * Opens a queue: io_uring, or, where the kernel refuses it or the options say so, a small pool
     * of worker threads. Which one, and why, is logged and said by {@link #description}.
     *
     * @throws IOException if not even an event descriptor is to be had
     */
    static DiskQueue open(DiskQueueOptions options) throws IOException {
        return DiskQueues.open(options);
    }

    /** Queues a read of {@code lengthBytes} into {@code memory} from {@code memoryOffset} on. */
    void read(
            Disk disk,
            long token,
            AlignedBuffer memory,
            int memoryOffset,
            int lengthBytes,
            long diskOffsetBytes);

    /**
     * Queues a write.
     *
     * @param durable whether the data shall be on the medium, not only in the disk's volatile
     *     cache, when the write completes (RWF_DSYNC)
     */
    void write(
            Disk disk,
            long token,
            AlignedBuffer memory,
            int memoryOffset,
            int lengthBytes,
            long diskOffsetBytes,
            boolean durable);

    /** Queues a flush: all writes that completed before are on the medium when it completes. */
    void flush(Disk disk, long token);

    /**
     * Queues a trim: the range reads as zeroes afterwards, and its space is given back where the
     * disk can do that. A disk that cannot gets zeroes, by {@link #zero}'s means.
     */
    void trim(Disk disk, long token, long offsetBytes, long lengthBytes);

    /**
     * Queues zeroing of a range within the disk, by the disk's own means where it has them, else by
     * writing zeroes.
     */
    void zero(Disk disk, long token, long offsetBytes, long lengthBytes);

    /** Hands everything queued to the kernel. */
    void submit();

    /**
     * Calls {@code handler} for each operation that has finished, without waiting. The handler may
     * queue and submit operations and close disks.
     *
     * @return the number of calls
     */
    int reap(DiskCompletion handler);

    /**
     * A descriptor for poll or (level-triggered) epoll: readable when {@link #reap} has something
     * to do, and now and then once more for what was reaped already. Nobody but the queue reads or
     * closes it.
     */
    int pollDescriptor();

    /** {@code io_uring}, or {@code worker-threads: } and why not io_uring. */
    String description();

    /** Operations queued or submitted whose completion has not been reaped. */
    int inFlight();

    /** The most operations in flight. */
    int limit();

    /**
     * Submits what is queued, waits until nothing is in flight, drops those results and gives back
     * the kernel's resources. By the owner, or by anybody if there is no owner yet. Idempotent.
     */
    @Override
    void close();
}
