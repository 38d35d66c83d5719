package dev.rhizome.uring;

/** The kernel, or its configuration, refuses io_uring; the message says why, for a person. */
public final class IoUringRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    IoUringRefusedException(String why) {
        super(why);
    }
}
