package dev.rhizome.uring;

/**
 * How a {@link Disk} is opened.
 *
 * @param direct whether to bypass the page cache (O_DIRECT) where the file system allows it
 * @param readOnly whether writes are refused ({@code -EBADF}); a reader keeps writers out, and
 *     other readers of a file in
 */
public record DiskOptions(boolean direct, boolean readOnly) {

    /** Direct, read and write. */
    public static final DiskOptions DEFAULT = new DiskOptions(true, false);
}
