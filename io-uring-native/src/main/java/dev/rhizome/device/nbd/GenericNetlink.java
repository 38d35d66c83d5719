package dev.rhizome.device.nbd;

import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.Errno;
import dev.rhizome.uring.AlignedBuffer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A socket to the kernel's generic netlink. A request is handled by the kernel while it is sent, so
 * that its answers are there afterwards: nothing here waits for them. Not thread-safe.
 */
final class GenericNetlink implements AutoCloseable {

    private static final int NETLINK_GENERIC = 16;
    private static final int RECEIVE_BYTES = 32 * 1024;

    /** Linux 2.6 on: the family that knows the others. */
    private static final int CONTROLLER = 0x10;

    private static final int CONTROLLER_VERSION = 2;
    private static final int GET_FAMILY = 3;
    private static final int ATTRIBUTE_FAMILY_ID = 1;
    private static final int ATTRIBUTE_FAMILY_NAME = 2;

    private final int fd;
    private final AlignedBuffer memory = AlignedBuffer.allocate(RECEIVE_BYTES);
    private final ByteBuffer received = memory.buffer().order(ByteOrder.nativeOrder());
    private int sequence;

    private GenericNetlink(int fd) {
        this.fd = fd;
    }

    static GenericNetlink open() throws DeviceException {
        int type = SocketCalls.SOCK_RAW | SocketCalls.SOCK_CLOEXEC;
        int fd = SocketCalls.CALLS.socket(SocketCalls.AF_NETLINK, type, NETLINK_GENERIC);
        if (fd < 0) {
            throw failure("cannot open a netlink socket", SocketCalls.errno());
        }
        return new GenericNetlink(fd);
    }

    /** The number of a family, or -1 if this kernel has none of that name at present. */
    int family(String name) throws DeviceException {
        NetlinkMessage request =
                message(CONTROLLER, GET_FAMILY, CONTROLLER_VERSION)
                        .text(ATTRIBUTE_FAMILY_NAME, name);
        NetlinkAnswer answer = ask(request);
        return answer.errno() == 0 ? answer.number(ATTRIBUTE_FAMILY_ID) : -1;
    }

    NetlinkMessage message(int family, int command, int version) {
        sequence++;
        return new NetlinkMessage(family, command, version, sequence);
    }

    /** Has the request that {@link #message} gave last handled. */
    NetlinkAnswer ask(NetlinkMessage request) throws DeviceException {
        send(request);
        NetlinkAnswer answer = new NetlinkAnswer(sequence);
        while (!answer.ended()) {
            answer.take(receive());
        }
        return answer;
    }

    private void send(NetlinkMessage request) throws DeviceException {
        try {
            int lengthBytes = request.bytes().position();
            long sent;
            do {
                sent = SocketCalls.CALLS.send(fd, request.address(), lengthBytes, 0);
            } while (sent < 0 && SocketCalls.errno() == Errno.EINTR);
            if (sent < 0) {
                throw failure("cannot ask the kernel by netlink", SocketCalls.errno());
            }
        } finally {
            Reference.reachabilityFence(request);
        }
    }

    private ByteBuffer receive() throws DeviceException {
        long length;
        do {
            length =
                    SocketCalls.CALLS.recv(
                            fd, memory.address(), RECEIVE_BYTES, SocketCalls.MSG_DONTWAIT);
        } while (length < 0 && SocketCalls.errno() == Errno.EINTR);
        if (length < 0) {
            throw failure("the kernel does not answer by netlink", SocketCalls.errno());
        }
        return received.clear().limit((int) length);
    }

    private static DeviceException failure(String what, int errno) {
        return new DeviceException(what + ": " + Errno.text(errno));
    }

    @Override
    public void close() {
        SocketCalls.CALLS.close(fd);
    }
}
