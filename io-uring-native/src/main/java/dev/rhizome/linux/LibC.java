package dev.rhizome.linux;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/** The C library's calls off the hot path, and the constants that go with them. */
public final class LibC {

    public static final int O_RDONLY = 0;
    public static final int O_RDWR = 2;
    public static final int O_EXCL = 0x80;
    public static final int O_NONBLOCK = 0x800;
    public static final int O_CLOEXEC = 0x80000;
    // One of the few numbers that differ between the architectures.
    public static final int O_DIRECT = isArm() ? 0x10000 : 0x4000;

    public static final int FALLOC_FL_KEEP_SIZE = 1;
    public static final int FALLOC_FL_PUNCH_HOLE = 2;
    public static final int FALLOC_FL_ZERO_RANGE = 0x10;

    public static final int RWF_DSYNC = 2;

    public static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
    private static final Runtime RUNTIME = Runtime.getRuntime(CALLS);

    private LibC() {}

    /** The error number of this thread's last failed call of {@link #CALLS}. */
    public static int errno() {
        return RUNTIME.getLastError();
    }

    private static boolean isArm() {
        String architecture = System.getProperty("os.arch", "");
        return architecture.startsWith("aarch64") || architecture.startsWith("arm");
    }

    /**
     * Public only because jnr-ffi implements it from another class loader. No method of more than
     * four numbers: see {@link HotCalls}.
     */
    public interface Calls {
        int open(String path, int flags, int mode);

        int openat(int directory, String path, int flags);

        int close(int fd);

        long pread(int fd, long address, long length, long offset);

        long pwrite(int fd, long address, long length, long offset);

        int fdatasync(int fd);

        int fallocate(int fd, int mode, long offset, long length);

        int statx(int directory, String path, int flags, int mask, long result);

        int fstatfs(int fd, long result);

        int ioctl(int fd, long request, long argument);

        int fcntl(int fd, int command, long argument);

        int eventfd(int initial, int flags);

        long write(int fd, long address, long length);

        int munmap(long address, long length);

        int mlockall(int flags);

        int socket(int domain, int type, int protocol);

        int connect(int fd, long address, int length);

        int setenv(String name, String value, int overwrite);

        int execv(String path, long arguments);

        String strerror(int errno);
    }
}
