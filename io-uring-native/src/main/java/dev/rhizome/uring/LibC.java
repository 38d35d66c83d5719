package dev.rhizome.uring;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Runtime;

/** The C library's calls off the hot path, and the constants that go with them. */
final class LibC {

    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_EXCL = 0x80;
    static final int O_CLOEXEC = 0x80000;
    // One of the few numbers that differ between the architectures.
    static final int O_DIRECT = isArm() ? 0x10000 : 0x4000;

    static final int FALLOC_FL_KEEP_SIZE = 1;
    static final int FALLOC_FL_PUNCH_HOLE = 2;
    static final int FALLOC_FL_ZERO_RANGE = 0x10;

    static final int RWF_DSYNC = 2;

    static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
    private static final Runtime RUNTIME = Runtime.getRuntime(CALLS);

    private LibC() {}

    /** The error number of this thread's last failed call of {@link #CALLS}. */
    static int errno() {
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

        int close(int fd);

        long pread(int fd, long address, long length, long offset);

        long pwrite(int fd, long address, long length, long offset);

        int fdatasync(int fd);

        int fallocate(int fd, int mode, long offset, long length);

        int statx(int directory, String path, int flags, int mask, long result);

        int ioctl(int fd, long request, long argument);

        int fcntl(int fd, int command, long argument);

        int eventfd(int initial, int flags);

        long write(int fd, long address, long length);

        int munmap(long address, long length);

        String strerror(int errno);
    }
}
