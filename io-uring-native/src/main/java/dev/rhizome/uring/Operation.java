package dev.rhizome.uring;

import dev.rhizome.linux.Errno;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A slot for one operation in flight: which system call is next, and what its result means. Both
 * queues carry out its calls until {@link #advance} says that it is finished, so that short reads
 * and writes, interruptions and fallbacks are the same in both.
 */
final class Operation {

    /** The next system call. */
    enum Call {
        READ,
        WRITE,
        SYNC,
        PUNCH_HOLE,
        ZERO_RANGE,
        WRITE_ZEROES,
        /** None: the disk is closed or the range misaligned. */
        REFUSE
    }

    private static final int MAX_RETRIES = 100;

    private final int index;
    private long token;
    private @Nullable Disk disk;
    private @Nullable AlignedBuffer memory;
    private Call call = Call.REFUSE;
    private int fd;
    private int memoryOffset;
    private long offsetBytes;
    private long lengthBytes;
    private long doneBytes;
    private boolean durable;
    private int retries;
    private int result;

    Operation(int index) {
        this.index = index;
    }

    void begin(Disk onDisk, long withToken) {
        token = withToken;
        retries = 0;
        doneBytes = 0;
        durable = false;
        if (onDisk.begin()) {
            disk = onDisk;
            fd = onDisk.fd();
        } else {
            fd = -1;
        }
    }

    void transfer(
            Call direction,
            AlignedBuffer with,
            int atMemory,
            int length,
            long atDisk,
            boolean asDurable) {
        memory = with;
        memoryOffset = atMemory;
        durable = asDurable;
        range(direction, atDisk, length);
    }

    void sync() {
        range(Call.SYNC, 0, 0);
    }

    void trim(long offset, long length) {
        boolean punches = disk != null && disk.punchesHoles();
        range(punches ? Call.PUNCH_HOLE : zeroingCall(), offset, length);
    }

    void zero(long offset, long length) {
        range(zeroingCall(), offset, length);
    }

    /** Gives up what the slot holds. */
    void end() {
        memory = null;
        if (disk != null) {
            Disk held = disk;
            disk = null;
            held.end();
        }
    }

    int index() {
        return index;
    }

    long token() {
        return token;
    }

    /** The final result, once {@link #advance} was true. */
    int result() {
        return result;
    }

    Call call() {
        return call;
    }

    int fd() {
        return fd;
    }

    /** Whether the thread that submits it may have to wait. */
    boolean blocksSubmission() {
        return disk != null && disk.blocksSubmission();
    }

    boolean durable() {
        return durable;
    }

    /** Where the next call reads or writes. */
    long callOffset() {
        return offsetBytes + doneBytes;
    }

    /** How much the next call moves; for the calls without memory, the whole range. */
    long callLength() {
        long left = lengthBytes - doneBytes;
        return call == Call.WRITE_ZEROES ? Math.min(left, Zeroes.CHUNK_BYTES) : left;
    }

    long callAddress() {
        if (call == Call.WRITE_ZEROES) {
            return Zeroes.MEMORY.address();
        }
        return Objects.requireNonNull(memory).address() + memoryOffset + doneBytes;
    }

    /**
     * Takes the result of the call.
     *
     * @param returned what the kernel returned, a negative errno on failure
     * @return whether the operation is finished; else its next call is to be carried out
     */
    boolean advance(int returned) {
        if (call == Call.REFUSE) {
            return finish(disk == null ? -Errno.EBADF : -Errno.EINVAL);
        }
        if (returned < 0) {
            return failed(returned);
        }
        retries = 0;
        return switch (call) {
            case READ -> {
                doneBytes += returned;
                boolean more = returned > 0 && doneBytes < lengthBytes;
                yield !more && finish((int) doneBytes);
            }
            case WRITE, WRITE_ZEROES -> {
                doneBytes += returned;
                if (doneBytes < lengthBytes) {
                    // A write that moves nothing would go on for ever.
                    yield returned == 0 && finish(-Errno.EIO);
                }
                yield finish(call == Call.WRITE ? (int) doneBytes : 0);
            }
            default -> finish(0);
        };
    }

    private boolean failed(int returned) {
        if ((returned == -Errno.EINTR || returned == -Errno.EAGAIN) && ++retries < MAX_RETRIES) {
            return false;
        }
        boolean unsupported = returned == -Errno.EOPNOTSUPP || returned == -Errno.ENOSYS;
        if (unsupported && call == Call.PUNCH_HOLE && disk != null) {
            disk.holesRefused();
            call = zeroingCall();
            return false;
        }
        if (unsupported && call == Call.ZERO_RANGE && disk != null) {
            disk.zeroRangesRefused();
            call = Call.WRITE_ZEROES;
            return false;
        }
        return finish(returned);
    }

    private boolean finish(int with) {
        result = with;
        return true;
    }

    private void range(Call first, long offset, long length) {
        // The kernel is not asked about alignment, since it does not mind in a file's holes: an
        // error that depends on the data would be found late.
        boolean accepted = disk != null && disk.isAligned(offset | length);
        call = accepted ? first : Call.REFUSE;
        offsetBytes = offset;
        lengthBytes = length;
    }

    private Call zeroingCall() {
        return disk != null && disk.zeroesRanges() ? Call.ZERO_RANGE : Call.WRITE_ZEROES;
    }

    /** Made when the first disk turns out to need it. */
    private static final class Zeroes {
        static final int CHUNK_BYTES = 256 * 1024;
        static final AlignedBuffer MEMORY = AlignedBuffer.allocate(CHUNK_BYTES);
    }
}
