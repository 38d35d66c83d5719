package dev.rhizome.device.fuse;

import dev.rhizome.device.DeviceException;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import dev.rhizome.uring.AlignedBuffer;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A loop device in direct-I/O mode; loop(4), linux/loop.h. It clears itself when nobody has it open
 * any more, so none is left behind by a process that is killed.
 *
 * <pre>
 *   struct loop_config, 304 bytes
 *     0  4  descriptor of the backing file
 *     4  4  block size
 *     8 232 struct loop_info64:  44 4 flags (at 60 here),  56 64 name (at 64 here)
 *   240 64  reserved
 * </pre>
 */
final class LoopDevice {
    private static final String CONTROL = "/dev/loop-control";
    private static final long GET_FREE = 0x4C82;
    private static final long CONFIGURE = 0x4C0A;
    private static final long CLEAR = 0x4C01;
    private static final long SET_CAPACITY = 0x4C07;
    private static final long GET_STATUS = 0x4C05;
    private static final int CONFIG_BYTES = 304;
    private static final int FLAGS_AT = 8 + 52;
    private static final int NAME_AT = 8 + 56;
    private static final int NAME_BYTES = 64;
    private static final int AUTOCLEAR = 4;
    private static final int DIRECT_IO = 16;
    private static final int ATTEMPTS = 64;

    private final Path path;
    private final int fd;

    private LoopDevice(Path path, int fd) {
        this.path = path;
        this.fd = fd;
    }

    /**
     * Binds a free loop device to a file. Reads and writes of the file may begin before this
     * returns.
     *
     * @param file a descriptor, which may be closed afterwards
     * @param name what LOOP_GET_STATUS64 tells of it
     */
    static LoopDevice bind(int file, int blockBytes, String name) throws DeviceException {
        int control = open(Path.of(CONTROL));
        try {
            for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
                LoopDevice device = bind(control, file, blockBytes, name);
                if (device != null) {
                    return device;
                }
            }
            throw new DeviceException("no free loop device: others take them all");
        } finally {
            LibC.CALLS.close(control);
        }
    }

    /** Null if somebody else was faster. */
    private static @Nullable LoopDevice bind(int control, int file, int blockBytes, String name)
            throws DeviceException {
        int number = LibC.CALLS.ioctl(control, GET_FREE, 0);
        if (number < 0) {
            throw new DeviceException("no free loop device: " + Errno.text(LibC.errno()));
        }
        Path path = Path.of("/dev/loop" + number);
        int fd = open(path);
        AlignedBuffer config = config(file, blockBytes, name);
        int errno;
        try {
            if (LibC.CALLS.ioctl(fd, CONFIGURE, config.address()) >= 0) {
                return new LoopDevice(path, fd);
            }
            errno = LibC.errno();
        } finally {
            Reference.reachabilityFence(config);
        }
        LibC.CALLS.close(fd);
        if (errno == Errno.EBUSY) {
            return null;
        }
        String hint = errno == Errno.EINVAL ? " (it needs Linux 5.8)" : "";
        throw new DeviceException(path + ": LOOP_CONFIGURE: " + Errno.text(errno) + hint);
    }

    private static int open(Path path) throws DeviceException {
        int fd = LibC.CALLS.open(path.toString(), LibC.O_RDWR | LibC.O_CLOEXEC, 0);
        if (fd < 0) {
            throw new DeviceException(path + ": " + Errno.text(LibC.errno()));
        }
        return fd;
    }

    private static AlignedBuffer config(int file, int blockBytes, String name) {
        AlignedBuffer memory = AlignedBuffer.allocate(CONFIG_BYTES);
        ByteBuffer bytes = memory.buffer().order(ByteOrder.nativeOrder());
        bytes.putInt(0, file);
        bytes.putInt(4, blockBytes);
        bytes.putInt(FLAGS_AT, AUTOCLEAR | DIRECT_IO);
        bytes.put(NAME_AT, kept(name).getBytes(StandardCharsets.US_ASCII));
        return memory;
    }

    /** What the kernel keeps of a name. */
    static String kept(String name) {
        return name.substring(0, Math.min(name.length(), NAME_BYTES - 1));
    }

    /** The name that the loop device with this node was given; empty if it is bound to nothing. */
    static String nameOf(Path node) {
        int fd =
                LibC.CALLS.open(
                        node.toString(), LibC.O_RDONLY | LibC.O_CLOEXEC | LibC.O_NONBLOCK, 0);
        if (fd < 0) {
            return "";
        }
        AlignedBuffer memory = AlignedBuffer.allocate(CONFIG_BYTES);
        try {
            if (LibC.CALLS.ioctl(fd, GET_STATUS, memory.address()) < 0) {
                return "";
            }
            byte[] text = new byte[NAME_BYTES];
            memory.buffer().get(NAME_AT - 8, text);
            return new String(text, StandardCharsets.US_ASCII).split("\0", 2)[0];
        } finally {
            Reference.reachabilityFence(memory);
            LibC.CALLS.close(fd);
        }
    }

    /** The file has become larger: so does the device. */
    void takeNewSize() throws DeviceException {
        if (LibC.CALLS.ioctl(fd, SET_CAPACITY, 0) < 0) {
            throw new DeviceException(path + ": LOOP_SET_CAPACITY: " + Errno.text(LibC.errno()));
        }
    }

    /** The device's node. */
    Path path() {
        return path;
    }

    /** Unbinds it; while others have it open, that happens when they have closed it. */
    void clear() {
        LibC.CALLS.ioctl(fd, CLEAR, 0);
        LibC.CALLS.close(fd);
    }
}
