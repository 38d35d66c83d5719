package dev.rhizome.device.fuse;

import dev.rhizome.device.DeviceLoop;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;

/** The kernel's side of a FUSE connection, and the event loop, for tests: one message a packet. */
final class FuseKernel implements DeviceLoop, AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int MAX_MESSAGE_BYTES = 300 * 1024;

    /** Public only because jnr-ffi implements it. */
    public interface Calls {
        int socketpair(int domain, int type, int protocol, long descriptors);
    }

    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");

    private final AlignedBuffer memory = AlignedBuffer.allocate(MAX_MESSAGE_BYTES);
    private final ByteBuffer bytes = memory.buffer().order(ByteOrder.nativeOrder());
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final int kernelEnd;
    private long unique;

    /** The daemon's end. */
    final int fd;

    /** Why the connection has failed, if it has. */
    String failure = "";

    FuseKernel() {
        int type = SOCK_SEQPACKET | LibC.O_NONBLOCK | LibC.O_CLOEXEC;
        if (CALLS.socketpair(AF_UNIX, type, 0, memory.address()) < 0) {
            throw new IllegalStateException("no socket pair");
        }
        kernelEnd = bytes.getInt(0);
        fd = bytes.getInt(4);
    }

    /** Begins a request; its body is put at absolute indexes from 40 on. */
    ByteBuffer request(int opcode, long node) {
        for (int at = 0; at < FuseMessage.WRITE_HEADER_BYTES; at += Long.BYTES) {
            bytes.putLong(at, 0);
        }
        bytes.putInt(4, opcode);
        bytes.putLong(8, ++unique);
        bytes.putLong(16, node);
        return bytes;
    }

    /** Sends the request that was begun; its unique number. */
    long send(int lengthBytes) {
        bytes.putInt(0, lengthBytes);
        if (LibC.CALLS.write(kernelEnd, memory.address(), lengthBytes) != lengthBytes) {
            throw new IllegalStateException("not sent");
        }
        return unique;
    }

    long read(long offset, int length) {
        request(FuseMessage.READ, FuseMessage.FILE).putLong(48, offset).putInt(56, length);
        return send(80);
    }

    long write(long offset, byte[] data) {
        request(FuseMessage.WRITE, FuseMessage.FILE).putLong(48, offset).putInt(56, data.length);
        bytes.put(80, data);
        return send(80 + data.length);
    }

    long allocate(long offset, long length, int mode) {
        request(FuseMessage.FALLOCATE, FuseMessage.FILE)
                .putLong(48, offset)
                .putLong(56, length)
                .putInt(64, mode);
        return send(72);
    }

    /** The next answer, or null: its bytes from index 0 on. */
    @Nullable ByteBuffer answer() {
        int length = HotCalls.read(kernelEnd, memory.address(), MAX_MESSAGE_BYTES);
        if (length < 0) {
            return null;
        }
        byte[] copy = new byte[length];
        bytes.get(0, copy);
        return ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder());
    }

    /** Runs what the loop was given. */
    void runTasks() {
        for (int left = tasks.size(); left > 0; left--) {
            tasks.remove().run();
        }
    }

    @Override
    public void poll(int descriptor, Runnable whenReadable) {
        throw new UnsupportedOperationException("the test calls");
    }

    @Override
    public void unpoll() {}

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public void failed(String reason) {
        failure = reason;
    }

    @Override
    public void close() {
        LibC.CALLS.close(kernelEnd);
        LibC.CALLS.close(fd);
    }
}
