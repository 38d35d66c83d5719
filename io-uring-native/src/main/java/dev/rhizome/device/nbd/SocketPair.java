package dev.rhizome.device.nbd;

import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Two connected unix sockets, closed unless they have been given away. Not thread-safe. */
final class SocketPair implements AutoCloseable {

    private static final int GIVEN_AWAY = -1;

    private int client;
    private static final int F_SETFL = 4;

    private int server;

    private SocketPair(int client, int server) {
        this.client = client;
        this.server = server;
    }

    static SocketPair open() throws DeviceException {
        AlignedBuffer memory = AlignedBuffer.allocate(2 * Integer.BYTES);
        int type = SocketCalls.SOCK_STREAM | SocketCalls.SOCK_CLOEXEC;
        if (SocketCalls.CALLS.socketpair(SocketCalls.AF_UNIX, type, 0, memory.address()) < 0) {
            throw new DeviceException(
                    "cannot make a pair of sockets: " + Errno.text(SocketCalls.errno()));
        }
        ByteBuffer descriptors = memory.buffer().order(ByteOrder.nativeOrder());
        return new SocketPair(descriptors.getInt(0), descriptors.getInt(Integer.BYTES));
    }

    /** The kernel's end. */
    int client() {
        return client;
    }

    /**
     * Closes our reference to the kernel's end.
     *
     * @return whether another one is left: whether the kernel has taken it
     */
    boolean clientTaken() {
        SocketCalls.CALLS.close(client);
        client = GIVEN_AWAY;
        AlignedBuffer memory = AlignedBuffer.allocate(Long.BYTES);
        // struct pollfd: int fd, short events, short revents.
        ByteBuffer poll = memory.buffer().order(ByteOrder.nativeOrder()).putInt(0, server);
        int ready = SocketCalls.CALLS.poll(memory.address(), 1, 0);
        return ready == 0 || (poll.getShort(6) & SocketCalls.POLLHUP) == 0;
    }

    /** Gives the server's end away, which does not block. */
    int takeServer() {
        int taken = server;
        LibC.CALLS.fcntl(taken, F_SETFL, LibC.O_NONBLOCK);
        server = GIVEN_AWAY;
        return taken;
    }

    @Override
    public void close() {
        if (client != GIVEN_AWAY) {
            SocketCalls.CALLS.close(client);
            client = GIVEN_AWAY;
        }
        if (server != GIVEN_AWAY) {
            SocketCalls.CALLS.close(server);
            server = GIVEN_AWAY;
        }
    }
}
