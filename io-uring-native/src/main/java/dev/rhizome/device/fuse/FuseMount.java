package dev.rhizome.device.fuse;

import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.linux.LibC;
import dev.rhizome.uring.AlignedBuffer;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * A FUSE file system that is mounted nowhere: fsopen(2), fsconfig(2), fsmount(2). Other programs
 * look at the backing file of every loop device by its path, and would hang with this process if
 * they found it.
 */
final class FuseMount {
    // The same numbers on all architectures.
    private static final int FSOPEN = 430;
    private static final int FSCONFIG = 431;
    private static final int FSMOUNT = 432;
    private static final int CLOEXEC = 1;
    private static final int SET_STRING = 1;
    private static final int CREATE = 6;
    private static final int O_PATH = 0x200000;
    private static final int STATX_BYTES = 256;
    private static final int STATX_SIZE = 0x200;
    private static final int EMPTY_PATH = 0x1000;

    private static final String DEVICE = "/dev/fuse";

    private FuseMount() {}

    /** Opens the connection's end; the caller closes it. */
    static int openDevice() throws DeviceException {
        int fd = LibC.CALLS.open(DEVICE, LibC.O_RDWR | LibC.O_NONBLOCK | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            throw new DeviceException(
                    DEVICE
                            + " cannot be opened: "
                            + Errno.text(LibC.errno())
                            + "; is fuse loaded?");
        }
        return fd;
    }

    /**
     * Makes the file system; the kernel asks for it over the connection from now on.
     *
     * @return a descriptor of its root directory, which the caller closes: the file system lives as
     *     long as this or a file of it is open
     */
    static int mount(int connection, String source) throws DeviceException {
        int context = openFileSystem();
        try {
            Map<String, String> parameters =
                    Map.of(
                            "source",
                            source,
                            "fd",
                            Integer.toString(connection),
                            "rootmode",
                            "40000",
                            "user_id",
                            "0",
                            "group_id",
                            "0",
                            "max_read",
                            Integer.toString(FuseConnection.MAX_TRANSFER_BYTES));
            for (Map.Entry<String, String> each : parameters.entrySet()) {
                set(context, each.getKey(), each.getValue());
            }
            check("fsconfig", HotCalls.syscall(FSCONFIG, context, CREATE, 0, 0, 0));
            return check("fsmount", HotCalls.syscall(FSMOUNT, context, CLOEXEC, 0, 0, 0));
        } finally {
            LibC.CALLS.close(context);
        }
    }

    private static int openFileSystem() throws DeviceException {
        AlignedBuffer type = text("fuse");
        try {
            return check("fsopen", HotCalls.syscall(FSOPEN, type.address(), CLOEXEC, 0, 0, 0));
        } finally {
            Reference.reachabilityFence(type);
        }
    }

    private static void set(int context, String key, String value) throws DeviceException {
        AlignedBuffer name = text(key);
        AlignedBuffer text = text(value);
        try {
            long result =
                    HotCalls.syscall(
                            FSCONFIG, context, SET_STRING, name.address(), text.address(), 0);
            check("fsconfig " + key, result);
        } finally {
            Reference.reachabilityFence(name);
            Reference.reachabilityFence(text);
        }
    }

    /** Opens the file, which asks the connection: not on the thread that serves it. */
    static int openFile(int directory, String name) throws DeviceException {
        int fd = LibC.CALLS.openat(directory, name, LibC.O_RDWR | LibC.O_CLOEXEC);
        return check("opening the volume's file", fd < 0 ? -LibC.errno() : fd);
    }

    /** A descriptor of the file's place only, whose close asks nothing of the connection. */
    static int openPlace(int directory, String name) throws DeviceException {
        int fd = LibC.CALLS.openat(directory, name, O_PATH | LibC.O_CLOEXEC);
        return check("finding the volume's file", fd < 0 ? -LibC.errno() : fd);
    }

    private static AlignedBuffer text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        AlignedBuffer memory = AlignedBuffer.allocate(bytes.length + 1);
        memory.buffer().put(bytes).put((byte) 0);
        return memory;
    }

    private static int check(String what, long result) throws DeviceException {
        if (result >= 0) {
            return (int) result;
        }
        throw new DeviceException(
                "no FUSE file system: "
                        + what
                        + ": "
                        + Errno.text((int) result)
                        + " (it needs root, Linux 5.2 and fuse)");
    }

    /** Has the kernel ask for a file's attributes, if it does not know them; waits for that. */
    static void requestAttributes(int fd) throws DeviceException {
        AlignedBuffer result = AlignedBuffer.allocate(STATX_BYTES);
        try {
            if (LibC.CALLS.statx(fd, "", EMPTY_PATH, STATX_SIZE, result.address()) < 0) {
                throw new DeviceException("statx: " + Errno.text(LibC.errno()));
            }
        } finally {
            Reference.reachabilityFence(result);
        }
    }
}
