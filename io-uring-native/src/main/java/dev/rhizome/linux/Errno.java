package dev.rhizome.linux;

/** The kernel's error numbers as the kernel gives them. Linux, all architectures. */
public final class Errno {

    /** Operation not permitted. */
    public static final int EPERM = 1;

    /** No such file. */
    public static final int ENOENT = 2;

    /** Interrupted system call. */
    public static final int EINTR = 4;

    /** Input/output error. */
    public static final int EIO = 5;

    /** Bad file descriptor: the disk is closed, or was opened read-only. */
    public static final int EBADF = 9;

    /** Resource temporarily unavailable. */
    public static final int EAGAIN = 11;

    /** Cannot allocate memory. */
    public static final int ENOMEM = 12;

    /** Permission denied. */
    public static final int EACCES = 13;

    /** Device or resource busy. */
    public static final int EBUSY = 16;

    /** No such device. */
    public static final int ENODEV = 19;

    /** Invalid argument; for a direct disk mostly: misaligned. */
    public static final int EINVAL = 22;

    /** No space left on device. */
    public static final int ENOSPC = 28;

    /** Function not implemented. */
    public static final int ENOSYS = 38;

    /** Operation not supported. */
    public static final int EOPNOTSUPP = 95;

    private Errno() {}

    /**
     * The C library's text for an error.
     *
     * @param errno the number, or its negative as a completion reports it
     */
    public static String text(int errno) {
        return LibC.CALLS.strerror(Math.abs(errno));
    }
}
