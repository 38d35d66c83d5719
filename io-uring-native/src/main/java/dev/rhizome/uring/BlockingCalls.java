package dev.rhizome.uring;

import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An operation's calls as blocking system calls. One per worker thread. */
final class BlockingCalls {

    // struct iovec: address, length.
    private final AlignedBuffer vectorMemory = AlignedBuffer.allocate(2 * Long.BYTES);
    private final ByteBuffer vector = vectorMemory.buffer().order(ByteOrder.nativeOrder());

    /** Carries out the next call; its result, or a negative errno. */
    int perform(Operation operation) {
        if (operation.call() == Operation.Call.WRITE && operation.durable()) {
            return writeDurably(operation);
        }
        long result = call(operation);
        return result >= 0 ? (int) result : -LibC.errno();
    }

    private long call(Operation operation) {
        int fd = operation.fd();
        long offset = operation.callOffset();
        long length = operation.callLength();
        return switch (operation.call()) {
            case READ -> LibC.CALLS.pread(fd, operation.callAddress(), length, offset);
            case WRITE, WRITE_ZEROES ->
                    LibC.CALLS.pwrite(fd, operation.callAddress(), length, offset);
            case SYNC -> LibC.CALLS.fdatasync(fd);
            case PUNCH_HOLE -> allocate(fd, LibC.FALLOC_FL_PUNCH_HOLE, offset, length);
            case ZERO_RANGE -> allocate(fd, LibC.FALLOC_FL_ZERO_RANGE, offset, length);
            case REFUSE -> 0;
        };
    }

    private int writeDurably(Operation operation) {
        vector.putLong(0, operation.callAddress()).putLong(Long.BYTES, operation.callLength());
        return (int)
                HotCalls.writeDurably(
                        operation.fd(), vectorMemory.address(), 1, operation.callOffset());
    }

    private static long allocate(int fd, int mode, long offset, long length) {
        return LibC.CALLS.fallocate(fd, mode | LibC.FALLOC_FL_KEEP_SIZE, offset, length);
    }
}
