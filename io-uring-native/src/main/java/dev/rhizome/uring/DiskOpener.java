package dev.rhizome.uring;

import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens, locks and measures a disk. */
final class DiskOpener {

    private static final Logger LOG = LoggerFactory.getLogger(DiskOpener.class);

    private static final int PAGE_BYTES = 4096;
    private static final int SECTOR_BYTES = 512;

    private static final long BLKSSZGET = 0x1268;
    private static final long BLKPBSZGET = 0x127b;
    private static final long BLKGETSIZE64 = 0x80081272L;

    /** The kind of file system, the first field of struct statfs (statfs(2)). */
    private static final long FUSE_MAGIC = 0x65735546;

    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;

    private final Path path;
    private final DiskOptions options;
    private final AlignedBuffer scratch = AlignedBuffer.allocate(PAGE_BYTES);
    private final ByteBuffer view = scratch.buffer().order(ByteOrder.nativeOrder());

    private DiskOpener(Path path, DiskOptions options) {
        this.path = path;
        this.options = options;
    }

    static Disk open(Path path, DiskOptions options) throws IOException {
        DiskOpener opener = new DiskOpener(path, options);
        FileStatus status = FileStatus.of(path);
        if (!status.isBlockDevice() && !status.isFile()) {
            throw new IOException(
                    "cannot open " + path + ": it is neither a file nor a block device");
        }
        int exclusive = status.isBlockDevice() ? LibC.O_EXCL : 0;
        int fd = options.direct() ? opener.openDirect(exclusive) : -Errno.EINVAL;
        boolean direct = fd >= 0;
        if (fd == -Errno.EINVAL) {
            fd = opener.openFile(exclusive);
        }
        if (fd < 0) {
            throw opener.openFailure(-fd);
        }
        return opener.finish(fd, direct);
    }

    /** -EINVAL if direct I/O is refused: by some file systems only when it is tried. */
    private int openDirect(int flags) {
        int fd = openFile(flags | LibC.O_DIRECT);
        if (fd >= 0
                && LibC.CALLS.pread(fd, scratch.address(), PAGE_BYTES, 0) < 0
                && LibC.errno() == Errno.EINVAL) {
            LibC.CALLS.close(fd);
            return -Errno.EINVAL;
        }
        return fd;
    }

    private int openFile(int flags) {
        int access = options.readOnly() ? LibC.O_RDONLY : LibC.O_RDWR;
        int fd;
        do {
            fd = LibC.CALLS.open(path.toString(), access | LibC.O_CLOEXEC | flags, 0);
        } while (fd < 0 && LibC.errno() == Errno.EINTR);
        return fd >= 0 ? fd : -LibC.errno();
    }

    private Disk finish(int fd, boolean direct) throws IOException {
        boolean opened = false;
        try {
            FileStatus status = FileStatus.of(path, fd);
            if (!status.isBlockDevice()) {
                lock(fd);
            }
            if (options.direct() && !direct) {
                LOG.warn("{}: direct I/O is refused there, using the page cache", path);
            }
            Disk disk =
                    new Disk(
                            status.isBlockDevice() ? device(fd, direct) : file(fd, direct, status));
            opened = true;
            return disk;
        } finally {
            if (!opened) {
                LibC.CALLS.close(fd);
            }
        }
    }

    private Disk.Properties device(int fd, boolean direct) throws IOException {
        control(fd, BLKGETSIZE64, "its size");
        long size = view.getLong(0);
        view.putInt(0, 0);
        control(fd, BLKSSZGET, "its logical block size");
        int logical = view.getInt(0);
        control(fd, BLKPBSZGET, "its physical block size");
        int physical = view.getInt(0);
        return new Disk.Properties(
                path, fd, size, logical, physical, true, direct, options.readOnly(), false);
    }

    private Disk.Properties file(int fd, boolean direct, FileStatus status) {
        int logical = SECTOR_BYTES;
        if (direct) {
            // Unknown (an older kernel, or no such notion): a page is right everywhere, and the
            // probing read has just shown that it is taken.
            int stated = status.directAlignmentBytes();
            logical = stated > 0 ? Math.max(stated, SECTOR_BYTES) : PAGE_BYTES;
        }
        int physical = Math.max(logical, Math.min(status.preferredBytes(), PAGE_BYTES));
        return new Disk.Properties(
                path,
                fd,
                status.sizeBytes(),
                logical,
                physical,
                false,
                direct,
                options.readOnly(),
                onFuse(fd));
    }

    /**
     * FUSE takes a few requests at a time and has the next one wait, even when it is told not to: a
     * file system that hangs would hold the thread that submits.
     */
    private boolean onFuse(int fd) {
        return LibC.CALLS.fstatfs(fd, scratch.address()) == 0 && view.getLong(0) == FUSE_MAGIC;
    }

    private void control(int fd, long request, String what) throws IOException {
        if (LibC.CALLS.ioctl(fd, request, scratch.address()) < 0) {
            throw new IOException(
                    "cannot ask " + path + " for " + what + ": " + Errno.text(LibC.errno()));
        }
    }

    private void lock(int fd) throws IOException {
        // struct flock: short type, short whence, long start, long length (0: all), int pid (0).
        view.putLong(0, 0).putLong(8, 0).putLong(16, 0).putLong(24, 0);
        view.putShort(0, options.readOnly() ? F_RDLCK : F_WRLCK);
        try {
            if (LibC.CALLS.fcntl(fd, F_OFD_SETLK, scratch.address()) >= 0) {
                return;
            }
        } finally {
            Reference.reachabilityFence(scratch);
        }
        int errno = LibC.errno();
        if (errno == Errno.EAGAIN || errno == Errno.EACCES) {
            throw new DiskInUseException(path + " is in use by another process");
        }
        throw new IOException("cannot lock " + path + ": " + Errno.text(errno));
    }

    private IOException openFailure(int errno) {
        if (errno == Errno.EBUSY) {
            return new DiskInUseException(path + " is in use by another process, or mounted");
        }
        String advice = "";
        if (errno == Errno.EACCES || errno == Errno.EPERM) {
            advice = " (run as root, or give this user read and write access)";
        }
        return new IOException("cannot open " + path + ": " + Errno.text(errno) + advice);
    }
}
