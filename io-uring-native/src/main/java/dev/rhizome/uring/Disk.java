package dev.rhizome.uring;

import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open backing file or block device, held exclusively: no second process can open it as a disk
 * while this one has it. Used by one {@link DiskQueue} and closed by that queue's owner, or by
 * anybody while nothing is in flight.
 */
public final class Disk implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Disk.class);

    /**
     * What is known of an open disk.
     *
     * @param fd its descriptor
     * @param blocksSubmission whether whoever submits an operation may have to wait for others
     */
    record Properties(
            Path path,
            int fd,
            long sizeBytes,
            int logicalBlockBytes,
            int physicalBlockBytes,
            boolean isBlockDevice,
            boolean direct,
            boolean readOnly,
            boolean blocksSubmission) {}

    private final Properties properties;
    private final int alignmentMask;
    private int inFlight;
    private boolean closed;
    // Learned from the first refusal; worker threads write them too.
    private volatile boolean cannotPunchHoles;
    private volatile boolean cannotZeroRanges;

    Disk(Properties properties) {
        this.properties = properties;
        // Block sizes are powers of two.
        alignmentMask = properties.direct() ? properties.logicalBlockBytes() - 1 : 0;
    }

    /**
     * Opens an existing file or block device.
     *
     * <p>A file is locked against other processes (an open file description lock, which qemu and
     * Java's file locks respect as well); a block device is opened exclusively, which also fails
     * while it is mounted. Where the file system refuses O_DIRECT, the disk is opened without and a
     * warning is logged.
     *
     * @throws DiskInUseException if another process has it
     * @throws IOException with one line that says which path, what failed and what to do
     */
    public static Disk open(Path path, DiskOptions options) throws IOException {
        return DiskOpener.open(path, options);
    }

    /** The path as it was given. */
    public Path path() {
        return properties.path();
    }

    /** The size when it was opened. */
    public long sizeBytes() {
        return properties.sizeBytes();
    }

    /** What offsets and lengths are multiples of, if the disk is direct. */
    public int logicalBlockBytes() {
        return properties.logicalBlockBytes();
    }

    /** The smallest write that the medium does without reading first; at least the logical one. */
    public int physicalBlockBytes() {
        return properties.physicalBlockBytes();
    }

    /** Whether it is a block device; else it is a file. */
    public boolean isBlockDevice() {
        return properties.isBlockDevice();
    }

    /** Whether the page cache is bypassed. */
    public boolean direct() {
        return properties.direct();
    }

    /** Whether writes are refused. */
    public boolean readOnly() {
        return properties.readOnly();
    }

    /**
     * Closes the disk; operations queued from now on complete with {@code -EBADF}. While operations
     * are in flight, the descriptor and the lock stay until the last of them has been reaped.
     */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (inFlight == 0) {
            closeDescriptor();
        }
    }

    @Override
    public String toString() {
        return properties.path().toString();
    }

    int fd() {
        return properties.fd();
    }

    boolean blocksSubmission() {
        return properties.blocksSubmission();
    }

    /** Whether a direct disk takes an offset or length. */
    boolean isAligned(long bytes) {
        return (bytes & alignmentMask) == 0;
    }

    /** Counts one operation in; false if the disk is closed. */
    boolean begin() {
        if (closed) {
            return false;
        }
        inFlight++;
        return true;
    }

    void end() {
        inFlight--;
        if (closed && inFlight == 0) {
            closeDescriptor();
        }
    }

    boolean punchesHoles() {
        return !cannotPunchHoles;
    }

    void holesRefused() {
        if (!cannotPunchHoles) {
            cannotPunchHoles = true;
            LOG.info("{} cannot punch holes: trimmed ranges are zeroed instead", this);
        }
    }

    boolean zeroesRanges() {
        return !cannotZeroRanges;
    }

    void zeroRangesRefused() {
        if (!cannotZeroRanges) {
            cannotZeroRanges = true;
            LOG.info("{} cannot zero ranges by itself: zeroes are written instead", this);
        }
    }

    private void closeDescriptor() {
        if (LibC.CALLS.close(fd()) < 0) {
            LOG.warn("closing {}: {}", this, Errno.text(LibC.errno()));
        }
    }
}
