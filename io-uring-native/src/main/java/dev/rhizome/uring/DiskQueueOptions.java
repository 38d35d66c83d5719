package dev.rhizome.uring;

/**
 * How a {@link DiskQueue} is opened.
 *
 * @param limit the most operations in flight, from 1 to {@value #MAX_LIMIT}
 * @param ioUring whether io_uring may be used; false asks for the worker threads
 */
public record DiskQueueOptions(int limit, boolean ioUring) {

    /** The largest ring that the kernel makes. */
    public static final int MAX_LIMIT = 32_768;

    /** io_uring where the kernel allows it, 4096 operations in flight. */
    public static final DiskQueueOptions DEFAULT = new DiskQueueOptions(4096, true);

    /** Checks the limit. */
    public DiskQueueOptions {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException(
                    "disk queue limit " + limit + " is not in 1 to " + MAX_LIMIT);
        }
    }
}
