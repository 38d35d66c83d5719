package dev.rhizome.device.nbd;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/** Sockets, as far as netlink and a pair need them. */
final class SocketCalls {

    static final int AF_UNIX = 1;
    static final int AF_NETLINK = 16;
    static final int SOCK_STREAM = 1;
    static final int SOCK_RAW = 3;
    static final int SOCK_CLOEXEC = 0x80000;
    static final int MSG_DONTWAIT = 0x40;
    static final short POLLHUP = 0x10;

    static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
    private static final Runtime RUNTIME = Runtime.getRuntime(CALLS);

    private SocketCalls() {}

    /** The error number of this thread's last failed call. */
    static int errno() {
        return RUNTIME.getLastError();
    }

    /** Public only because jnr-ffi implements it from another class loader. */
    public interface Calls {
        int socket(int domain, int type, int protocol);

        int socketpair(int domain, int type, int protocol, long descriptors);

        long send(int fd, long address, long length, int flags);

        long recv(int fd, long address, long length, int flags);

        int poll(long descriptors, long count, int timeoutMs);

        int close(int fd);
    }
}
