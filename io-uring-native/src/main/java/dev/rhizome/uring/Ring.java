package dev.rhizome.uring;

import com.kenai.jffi.MemoryIO;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.locks.LockSupport;

/**
 * An io_uring's memory: the submission ring, its entries and the completion ring, shared with the
 * kernel. Made by {@link RingSetup}; used by one thread.
 *
 * <pre>
 *   submission entry, 64 or 128 bytes     completion entry, 16 bytes
 *    0  1  opcode                          0  8  user data
 *    4  4  file descriptor                 8  4  result
 *    8  8  offset                         12  4  flags
 *   16  8  address
 *   24  4  length
 *   28  4  flags of the operation
 *   32  8  user data
 *   40  8  zero
 *   48     the command, of a command to a driver; else zero
 * </pre>
 */
public final class Ring {

    private static final int GETEVENTS = 1;

    /** Flag of an entry: it is not even tried by the thread that submits it. */
    private static final long ENTRY_ASYNC = 1L << 4;

    private static final int COMMAND_OFFSET = 48;
    private static final int COMPLETION_BYTES = 16;
    private static final int SQ_CQ_OVERFLOW = 2;
    private static final int SQ_TASKRUN = 4;

    private static final int MAX_BUSY_ANSWERS = 10_000;
    private static final long BUSY_WAIT_NS = 100_000;

    private static final VarHandle INT =
            MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /**
     * Where things are, as io_uring_setup(2) told it: offsets into the ring mapping.
     *
     * @param disabled whether the ring waits to be enabled by its owner
     * @param ringAddress the mapping of both rings
     * @param entriesAddress the mapping of the submission entries
     * @param entryBytes the size of a submission entry, 64 or 128
     */
    record Layout(
            int fd,
            boolean disabled,
            long ringAddress,
            int ringBytes,
            long entriesAddress,
            int entryBytes,
            int submissionEntries,
            int completionEntries,
            int submissionHead,
            int submissionTail,
            int submissionFlags,
            int submissionArray,
            int completionHead,
            int completionTail,
            int completions) {

        int entriesBytes() {
            return submissionEntries * entryBytes;
        }
    }

    private final Layout layout;
    private final ByteBuffer ring;
    private final ByteBuffer entries;
    private final int submissionMask;
    private final int completionMask;
    // The owner's own copies of the ends that it moves.
    private int submissionTail;
    private int completionHead;

    Ring(Layout layout) {
        this.layout = layout;
        MemoryIO memory = MemoryIO.getInstance();
        ring =
                memory.newDirectByteBuffer(layout.ringAddress(), layout.ringBytes())
                        .order(ByteOrder.nativeOrder());
        entries =
                memory.newDirectByteBuffer(layout.entriesAddress(), layout.entriesBytes())
                        .order(ByteOrder.nativeOrder());
        submissionMask = layout.submissionEntries() - 1;
        completionMask = layout.completionEntries() - 1;
        // Entry i of the ring is always submission entry i.
        for (int index = 0; index < layout.submissionEntries(); index++) {
            ring.putInt(layout.submissionArray() + Integer.BYTES * index, index);
        }
    }

    /** How many completions it holds. */
    public int completionEntries() {
        return layout.completionEntries();
    }

    /** To be called once by the thread that will submit: the kernel takes it for the issuer. */
    public void enable() {
        if (layout.disabled()) {
            RingSetup.enable(layout.fd());
        }
    }

    /** Fills the next submission entry. The caller never has more than the ring's size out. */
    public void push(
            int opcode, int fd, long offset, long address, int length, int flags, long userData) {
        int at = entryAt(submissionTail);
        entries.putLong(at, opcode | (long) fd << 32);
        entries.putLong(at + 8, offset);
        entries.putLong(at + 16, address);
        entries.putLong(at + 24, (length & 0xffff_ffffL) | (long) flags << 32);
        entries.putLong(at + 32, userData);
        submissionTail++;
    }

    /** Has a worker of the kernel's do the entry that was pushed last, whatever the file can do. */
    public void doElsewhere() {
        int at = entryAt(submissionTail - 1);
        entries.putLong(at, entries.getLong(at) | ENTRY_ASYNC << 8);
    }

    /** Writes 8 bytes of the command of the entry that was pushed last. */
    public void command(int offset, long value) {
        entries.putLong(entryAt(submissionTail - 1) + COMMAND_OFFSET + offset, value);
    }

    /** Whether completions wait for the owner to enter the kernel; may say so once too often. */
    private boolean workPending() {
        return (submissionFlags() & (SQ_TASKRUN | SQ_CQ_OVERFLOW)) != 0;
    }

    /**
     * Lets the kernel post what waits for the owner, and clears the event that has told of it. What
     * comes later signals again.
     */
    public void collectPending(EventDescriptor event) {
        if (workPending()) {
            collect(0);
        }
        // After collecting, which itself signals.
        event.clear();
        // For what came in between. Not until nothing is pending any more: the kernel may set that
        // flag when it has already done the work that the flag stands for, and then it stays.
        if (workPending()) {
            collect(0);
        }
    }

    /** Sets the flag of pending work although there is none, as the kernel may; for tests. */
    void pretendWorkPending() {
        INT.setRelease(ring, layout.submissionFlags(), submissionFlags() | SQ_TASKRUN);
    }

    /** Gives the kernel all entries that were pushed. */
    public void submit() {
        INT.setRelease(ring, layout.submissionTail(), submissionTail);
        int busy = 0;
        int left = unsubmitted();
        while (left > 0) {
            int flags = workPending() ? GETEVENTS : 0;
            int result = HotCalls.enter(layout.fd(), left, 0, flags);
            if (result == -Errno.EAGAIN || result == -Errno.EBUSY) {
                // No memory for the moment; what is in flight gives some back.
                busy++;
                if (busy > MAX_BUSY_ANSWERS) {
                    throw failure(result);
                }
                collect(0);
                LockSupport.parkNanos(BUSY_WAIT_NS);
            } else if (result < 0 && result != -Errno.EINTR) {
                throw failure(result);
            }
            left = unsubmitted();
        }
    }

    /** Lets the kernel post completions, waiting for at least {@code minimum} of them. */
    public void collect(int minimum) {
        int result;
        do {
            result = HotCalls.enter(layout.fd(), 0, minimum, GETEVENTS);
        } while (result == -Errno.EINTR);
        if (result < 0 && result != -Errno.EBUSY && result != -Errno.EAGAIN) {
            throw failure(result);
        }
    }

    /** Whether there is a completion to look at. */
    public boolean hasCompletion() {
        return completionHead != (int) INT.getAcquire(ring, layout.completionTail());
    }

    /** The user data of the entry that the completion answers. */
    public long completionUserData() {
        return ring.getLong(completionAt());
    }

    /** The completion's result: a negative errno, or what the operation gives. */
    public int completionResult() {
        return ring.getInt(completionAt() + Long.BYTES);
    }

    /** Gives the completion's entry back to the kernel. */
    public void popCompletion() {
        completionHead++;
        INT.setRelease(ring, layout.completionHead(), completionHead);
    }

    /** Unmaps and closes; nothing may be in flight. */
    public void close() {
        LibC.CALLS.munmap(layout.entriesAddress(), layout.entriesBytes());
        LibC.CALLS.munmap(layout.ringAddress(), layout.ringBytes());
        LibC.CALLS.close(layout.fd());
    }

    /** Entries pushed that the kernel has not consumed. */
    private int unsubmitted() {
        return submissionTail - (int) INT.getAcquire(ring, layout.submissionHead());
    }

    private int entryAt(int index) {
        return (index & submissionMask) * layout.entryBytes();
    }

    private static IllegalStateException failure(int result) {
        return new IllegalStateException("io_uring_enter failed: " + Errno.text(result));
    }

    private int completionAt() {
        return layout.completions() + (completionHead & completionMask) * COMPLETION_BYTES;
    }

    private int submissionFlags() {
        return (int) INT.getAcquire(ring, layout.submissionFlags());
    }
}
