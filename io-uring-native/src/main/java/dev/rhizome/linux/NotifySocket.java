package dev.rhizome.linux;

import com.kenai.jffi.MemoryIO;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The sending end of a unix datagram socket, which the JDK has none of: unix(7). A service manager
 * is told by it how its service is, sd_notify(3). Sending never waits. Not thread-safe.
 */
public final class NotifySocket implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    /** sun_path of sockaddr_un. */
    private static final int MAX_NAME_BYTES = 108;

    private final int descriptor;

    private NotifySocket(int descriptor) {
        this.descriptor = descriptor;
    }

    /**
     * Connects to a listener.
     *
     * @param name an absolute path, or {@code @} and a name in the abstract name space
     * @throws IOException if that is no name of a socket, or nobody listens there
     */
    public static NotifySocket connect(String name) throws IOException {
        byte[] path = name.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = name.startsWith("@");
        if ((!isAbstract && !name.startsWith("/")) || path.length >= MAX_NAME_BYTES) {
            throw new IOException("'" + name + "' is not the name of a unix socket");
        }
        int descriptor = LibC.CALLS.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (descriptor < 0) {
            throw new IOException("no unix socket: " + Errno.text(LibC.errno()));
        }
        if (isAbstract) {
            path[0] = 0;
        }
        // An abstract name ends where its length says, a path with a zero.
        int length = Short.BYTES + path.length + (isAbstract ? 0 : 1);
        ByteBuffer address =
                ByteBuffer.allocateDirect(Short.BYTES + MAX_NAME_BYTES)
                        .order(ByteOrder.nativeOrder())
                        .putShort((short) AF_UNIX)
                        .put(path);
        try {
            if (LibC.CALLS.connect(descriptor, addressOf(address), length) < 0) {
                String problem = Errno.text(LibC.errno());
                LibC.CALLS.close(descriptor);
                throw new IOException(name + ": " + problem);
            }
        } finally {
            Reference.reachabilityFence(address);
        }
        return new NotifySocket(descriptor);
    }

    /**
     * Sends one datagram.
     *
     * @throws IOException if it did not go: the listener is gone, or has not read those before
     */
    public void send(String text) throws IOException {
        ByteBuffer bytes = direct(text.getBytes(StandardCharsets.UTF_8));
        try {
            if (LibC.CALLS.write(descriptor, addressOf(bytes), bytes.capacity()) < 0) {
                throw new IOException(Errno.text(LibC.errno()));
            }
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    @Override
    public void close() {
        LibC.CALLS.close(descriptor);
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes);
    }

    private static long addressOf(ByteBuffer direct) {
        return MemoryIO.getInstance().getDirectBufferAddress(direct);
    }
}
