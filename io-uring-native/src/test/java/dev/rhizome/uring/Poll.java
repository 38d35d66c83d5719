package dev.rhizome.uring;

import java.nio.ByteOrder;
import jnr.ffi.LibraryLoader;

/** poll(2) on one descriptor. */
final class Poll {

    private static final short POLLIN = 1;
    private static final int PATIENCE_MS = 30_000;

    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

    private final AlignedBuffer memory = AlignedBuffer.allocate(8);

    /** Waits until the descriptor is readable; false after 30 s. */
    boolean untilReadable(int fd) {
        return readable(fd, PATIENCE_MS);
    }

    /** Whether the descriptor is readable now. */
    boolean isReadable(int fd) {
        return readable(fd, 0);
    }

    private boolean readable(int fd, int timeoutMs) {
        // struct pollfd: int fd, short events, short revents.
        memory.buffer().order(ByteOrder.nativeOrder()).putInt(0, fd).putInt(4, POLLIN);
        return CALLS.poll(memory.address(), 1, timeoutMs) == 1;
    }

    /** Public only because jnr-ffi implements it from another class loader. */
    public interface Calls {
        int poll(long descriptors, long count, int timeoutMs);
    }
}
