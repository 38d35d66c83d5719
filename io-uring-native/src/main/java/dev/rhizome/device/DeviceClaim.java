package dev.rhizome.device;

import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exclusive use of a block device, so that nobody can mount it while it is taken away. Its
 * methods may block, and ask the device: not on the thread that serves it.
 */
public final class DeviceClaim {
    private static final Logger LOG = LoggerFactory.getLogger(DeviceClaim.class);

    /** What looks at every new device, like udev, is soon done. */
    private static final int ATTEMPTS = 10;

    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(100);

    private final int fd;

    private DeviceClaim(int fd) {
        this.fd = fd;
    }

    /**
     * Takes the device for itself, and brings to it what programs have written through the page
     * cache.
     *
     * @throws DeviceInUseException if others use it
     * @throws DeviceException if that cannot be told: its node is not there, say
     */
    public static DeviceClaim take(Path node) throws DeviceException {
        String users = "";
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            // Not for writing: udev looks at a device anew whenever a writer has closed it.
            int flags = LibC.O_RDONLY | LibC.O_EXCL | LibC.O_CLOEXEC;
            int fd = LibC.CALLS.open(node.toString(), flags, 0);
            int errno = LibC.errno();
            users = usersOf(node);
            if (fd >= 0 && users.isEmpty()) {
                if (LibC.CALLS.fdatasync(fd) < 0) {
                    LOG.warn("{}: its page cache is lost: {}", node, Errno.text(LibC.errno()));
                }
                return new DeviceClaim(fd);
            }
            if (fd >= 0) {
                LibC.CALLS.close(fd);
            } else if (errno != Errno.EBUSY) {
                throw new DeviceException(node + " cannot be claimed: " + Errno.text(errno));
            } else if (users.isEmpty()) {
                users = "something in the kernel (see lsblk)";
            }
            if (users.contains("mounted on")) {
                break;
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
        throw new DeviceInUseException(users);
    }

    private static String usersOf(Path node) throws DeviceException {
        try {
            List<String> found = new DeviceUsers(node).find();
            return String.join(", ", found);
        } catch (IOException e) {
            throw new DeviceException(node + " is not there any more: " + e.getMessage());
        }
    }

    /** Lets others use it again. */
    public void release() {
        LibC.CALLS.close(fd);
    }
}
