package dev.rhizome.device.nbd;

import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.Errno;

/**
 * The commands of the kernel's NBD client: the generic netlink family "nbd", there since Linux 4.12
 * (include/uapi/linux/nbd-netlink.h). The older ioctls are not needed and could not do it: they
 * bind a device to the life of one process. Not thread-safe.
 */
final class NbdControl implements AutoCloseable {

    static final String FAMILY = "nbd";
    static final int VERSION = 1;

    static final int CONNECT = 1;
    static final int DISCONNECT = 2;
    static final int RECONFIGURE = 3;

    static final int ATTRIBUTE_INDEX = 1;
    static final int ATTRIBUTE_SIZE_BYTES = 2;
    static final int ATTRIBUTE_BLOCK_BYTES = 3;
    static final int ATTRIBUTE_TIMEOUT_S = 4;
    static final int ATTRIBUTE_SERVER_FLAGS = 5;
    static final int ATTRIBUTE_SOCKETS = 7;
    static final int ATTRIBUTE_DEAD_CONNECTION_TIMEOUT_S = 8;
    static final int ATTRIBUTE_BACKEND = 10;
    static final int ATTRIBUTE_SOCKET_ITEM = 1;
    static final int ATTRIBUTE_SOCKET_DESCRIPTOR = 1;

    /**
     * What a new device is made of.
     *
     * @param sizeBytes a multiple of the block
     * @param blockBytes the logical and the physical block: the kernel takes one number
     * @param flags the transmission flags of the server
     * @param deadConnectionTimeoutS how long requests wait for a connection
     * @param backend whose device it is
     */
    record Export(
            long sizeBytes,
            int blockBytes,
            int flags,
            int deadConnectionTimeoutS,
            String backend) {}

    private final GenericNetlink netlink;
    private final int family;

    private NbdControl(GenericNetlink netlink, int family) {
        this.netlink = netlink;
        this.family = family;
    }

    /**
     * Opens the way to the kernel's client.
     *
     * @throws DeviceException one line; also if the kernel has no such client at present
     */
    static NbdControl open() throws DeviceException {
        GenericNetlink netlink = GenericNetlink.open();
        int family = -1;
        try {
            family = netlink.family(FAMILY);
        } finally {
            if (family < 0) {
                netlink.close();
            }
        }
        if (family < 0) {
            throw new DeviceException("this kernel has no nbd module loaded");
        }
        return new NbdControl(netlink, family);
    }

    /**
     * Makes a device of the kernel's choice.
     *
     * @param socket a connected unix socket; the kernel keeps its own reference
     * @return the device's number
     */
    int connect(Export export, int socket) throws DeviceException {
        NetlinkAnswer answer = netlink.ask(connectMessage(command(CONNECT), export, socket));
        if (answer.errno() != 0) {
            throw new DeviceException(
                    "the kernel refuses a new nbd device: " + Errno.text(answer.errno()));
        }
        int index = answer.number(ATTRIBUTE_INDEX);
        if (index < 0) {
            throw new DeviceException("the kernel does not say which nbd device it has made");
        }
        return index;
    }

    /**
     * Gives a device whose connection is dead a new one. If its connection lives, the kernel says
     * nothing and leaves the socket alone.
     *
     * @return 0, or the error number: EINVAL if the device is not configured (any more)
     */
    int reconnect(int index, String backend, int deadConnectionTimeoutS, int socket)
            throws DeviceException {
        NetlinkMessage message =
                command(RECONFIGURE)
                        .number(ATTRIBUTE_INDEX, index)
                        .longNumber(ATTRIBUTE_DEAD_CONNECTION_TIMEOUT_S, deadConnectionTimeoutS)
                        .text(ATTRIBUTE_BACKEND, backend);
        return netlink.ask(withSocket(message, socket)).errno();
    }

    /** Tells a device that is connected its new size. */
    void resize(int index, String backend, long sizeBytes) throws DeviceException {
        NetlinkMessage message =
                command(RECONFIGURE)
                        .number(ATTRIBUTE_INDEX, index)
                        .longNumber(ATTRIBUTE_SIZE_BYTES, sizeBytes)
                        .text(ATTRIBUTE_BACKEND, backend);
        int errno = netlink.ask(message).errno();
        if (errno != 0) {
            throw new DeviceException(
                    "the kernel does not resize /dev/nbd" + index + ": " + Errno.text(errno));
        }
    }

    /** Ends a device; its users, if there are any left, get errors. */
    void disconnect(int index) throws DeviceException {
        int errno = netlink.ask(command(DISCONNECT).number(ATTRIBUTE_INDEX, index)).errno();
        // EINVAL: there is no such device.
        if (errno != 0 && errno != Errno.EINVAL) {
            throw new DeviceException(
                    "the kernel does not disconnect /dev/nbd" + index + ": " + Errno.text(errno));
        }
    }

    private NetlinkMessage command(int command) {
        return netlink.message(family, command, VERSION);
    }

    static NetlinkMessage connectMessage(NetlinkMessage message, Export export, int socket) {
        // No index: the kernel chooses. No time-out of a request: see NbdFrontEnd.
        message.longNumber(ATTRIBUTE_SIZE_BYTES, export.sizeBytes())
                .longNumber(ATTRIBUTE_BLOCK_BYTES, export.blockBytes())
                .longNumber(ATTRIBUTE_TIMEOUT_S, 0)
                .longNumber(ATTRIBUTE_SERVER_FLAGS, export.flags())
                .longNumber(ATTRIBUTE_DEAD_CONNECTION_TIMEOUT_S, export.deadConnectionTimeoutS())
                .text(ATTRIBUTE_BACKEND, export.backend());
        return withSocket(message, socket);
    }

    private static NetlinkMessage withSocket(NetlinkMessage message, int socket) {
        int sockets = message.begin(ATTRIBUTE_SOCKETS);
        int item = message.begin(ATTRIBUTE_SOCKET_ITEM);
        message.number(ATTRIBUTE_SOCKET_DESCRIPTOR, socket);
        return message.end(item).end(sockets);
    }

    @Override
    public void close() {
        netlink.close();
    }
}
