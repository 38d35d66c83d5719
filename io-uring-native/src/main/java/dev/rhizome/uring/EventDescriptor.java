package dev.rhizome.uring;

import dev.rhizome.linux.Errno;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import java.io.IOException;
import java.nio.ByteOrder;

/** An eventfd: signalled by anybody, cleared by the queue's owner, polled by its event loop. */
public final class EventDescriptor {

    private static final int EFD_NONBLOCK = 0x800;
    private static final int COUNTER_BYTES = 8;
    private static final int ONE_OFFSET = 8;

    private final int fd;
    private final AlignedBuffer memory = AlignedBuffer.allocate(2 * COUNTER_BYTES);

    /**
     * Makes one.
     *
     * @throws IOException one line
     */
    public EventDescriptor() throws IOException {
        memory.buffer().order(ByteOrder.nativeOrder()).putLong(ONE_OFFSET, 1);
        fd = LibC.CALLS.eventfd(0, EFD_NONBLOCK | LibC.O_CLOEXEC);
        if (fd < 0) {
            throw new IOException(
                    "cannot make an event descriptor: "
                            + Errno.text(LibC.errno())
                            + " (raise the limit of open files)");
        }
    }

    /** The descriptor, to be polled. */
    public int fd() {
        return fd;
    }

    /** Makes it readable. Any thread. */
    public void signal() {
        long written = LibC.CALLS.write(fd, memory.address() + ONE_OFFSET, COUNTER_BYTES);
        // Only a full counter refuses, and that is readable already.
        if (written < 0 && LibC.errno() != Errno.EAGAIN) {
            throw new IllegalStateException(
                    "cannot signal an event descriptor: " + Errno.text(LibC.errno()));
        }
    }

    /** Makes it unreadable until the next signal. */
    public void clear() {
        int result;
        do {
            result = HotCalls.read(fd, memory.address(), COUNTER_BYTES);
        } while (result == -Errno.EINTR);
        if (result < 0 && result != -Errno.EAGAIN) {
            throw new IllegalStateException(
                    "cannot read an event descriptor: " + Errno.text(result));
        }
    }

    /** Closes the descriptor. */
    public void close() {
        LibC.CALLS.close(fd);
    }
}
