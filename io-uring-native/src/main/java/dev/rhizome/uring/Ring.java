package dev.rhizome.uring;

import com.kenai.jffi.MemoryIO;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An io_uring's memory: the submission ring, its entries and the completion ring, shared with the
 * kernel. Made by {@link RingSetup}; used by one thread.
 *
 * <pre>
 *   submission entry, 64 bytes            completion entry, 16 bytes
 *    0  1  opcode                          0  8  user data
 *    4  4  file descriptor                 8  4  result
 *    8  8  offset                         12  4  flags
 *   16  8  address
 *   24  4  length
 *   28  4  flags of the operation
 *   32  8  user data
 *   40 24  zero
 * </pre>
 */
final class Ring {

    private static final int GETEVENTS = 1;
    private static final int SUBMISSION_BYTES = 64;
    private static final int COMPLETION_BYTES = 16;
    private static final int SQ_CQ_OVERFLOW = 2;
    private static final int SQ_TASKRUN = 4;

    private static final VarHandle INT =
            MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

    /**
     * Where things are, as io_uring_setup(2) told it: offsets into the ring mapping.
     *
     * @param disabled whether the ring waits to be enabled by its owner
     * @param ringAddress the mapping of both rings
     * @param entriesAddress the mapping of the submission entries
     */
    record Layout(
            int fd,
            boolean disabled,
            long ringAddress,
            int ringBytes,
            long entriesAddress,
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
            return submissionEntries * SUBMISSION_BYTES;
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

    int completionEntries() {
        return layout.completionEntries();
    }

    /** To be called once by the thread that will submit: the kernel takes it for the issuer. */
    void enable() {
        if (layout.disabled()) {
            RingSetup.enable(layout.fd());
        }
    }

    /** Fills the next submission entry. The caller never has more than the ring's size out. */
    void push(int opcode, int fd, long offset, long address, int length, int flags, long userData) {
        int at = (submissionTail & submissionMask) * SUBMISSION_BYTES;
        entries.putLong(at, opcode | (long) fd << 32);
        entries.putLong(at + 8, offset);
        entries.putLong(at + 16, address);
        entries.putLong(at + 24, (length & 0xffff_ffffL) | (long) flags << 32);
        entries.putLong(at + 32, userData);
        submissionTail++;
    }

    /** Shows the kernel all entries pushed so far. */
    void publish() {
        INT.setRelease(ring, layout.submissionTail(), submissionTail);
    }

    /** Entries pushed that the kernel has not consumed. */
    int unsubmitted() {
        return submissionTail - (int) INT.getAcquire(ring, layout.submissionHead());
    }

    /** Whether completions wait for the owner to enter the kernel. */
    boolean workPending() {
        return (submissionFlags() & (SQ_TASKRUN | SQ_CQ_OVERFLOW)) != 0;
    }

    /** io_uring_enter(2); the number of entries consumed or a negative errno. */
    int submit(int count) {
        return HotCalls.enter(layout.fd(), count, 0, workPending() ? GETEVENTS : 0);
    }

    /** Lets the kernel post completions, waiting for at least {@code minimum} of them. */
    int collect(int minimum) {
        return HotCalls.enter(layout.fd(), 0, minimum, GETEVENTS);
    }

    /** Whether there is a completion to look at. */
    boolean hasCompletion() {
        return completionHead != (int) INT.getAcquire(ring, layout.completionTail());
    }

    long completionUserData() {
        return ring.getLong(completionAt());
    }

    int completionResult() {
        return ring.getInt(completionAt() + Long.BYTES);
    }

    /** Gives the completion's entry back to the kernel. */
    void popCompletion() {
        completionHead++;
        INT.setRelease(ring, layout.completionHead(), completionHead);
    }

    /** Unmaps and closes; nothing may be in flight. */
    void close() {
        LibC.CALLS.munmap(layout.entriesAddress(), layout.entriesBytes());
        LibC.CALLS.munmap(layout.ringAddress(), layout.ringBytes());
        LibC.CALLS.close(layout.fd());
    }

    private int completionAt() {
        return layout.completions() + (completionHead & completionMask) * COMPLETION_BYTES;
    }

    private int submissionFlags() {
        return (int) INT.getAcquire(ring, layout.submissionFlags());
    }
}
