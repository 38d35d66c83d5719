package dev.rhizome.uring;

import dev.rhizome.linux.Errno;
import dev.rhizome.linux.LibC;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * What statx(2) says of a file. Its result, of 256 bytes in the machine's byte order, as far as it
 * is used here:
 *
 * <pre>
 *   offset  size  field
 *        4     4  preferred I/O size
 *       28     2  mode: kind and permissions
 *       40     8  size
 *      156     4  alignment of direct I/O's offsets, 0 if unknown or not possible
 * </pre>
 *
 * @param kind the kind bits of the mode
 * @param sizeBytes the size, of files only
 * @param preferredBytes the preferred I/O size
 * @param directAlignmentBytes what direct I/O aligns to, or 0 if the kernel does not say
 */
record FileStatus(int kind, long sizeBytes, int preferredBytes, int directAlignmentBytes) {

    private static final int RESULT_BYTES = 256;
    private static final int CURRENT_DIRECTORY = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int BASIC_AND_DIRECT = 0x7ff | 0x2000;

    private static final int KIND_MASK = 0xf000;
    private static final int FILE = 0x8000;
    private static final int BLOCK_DEVICE = 0x6000;

    /** Of what a path leads to. */
    static FileStatus of(Path path) throws IOException {
        return ask(path, CURRENT_DIRECTORY, path.toString(), 0);
    }

    /** Of an open file; the path is for the message. */
    static FileStatus of(Path path, int fd) throws IOException {
        return ask(path, fd, "", AT_EMPTY_PATH);
    }

    boolean isFile() {
        return kind == FILE;
    }

    boolean isBlockDevice() {
        return kind == BLOCK_DEVICE;
    }

    private static FileStatus ask(Path path, int directory, String name, int flags)
            throws IOException {
        AlignedBuffer memory = AlignedBuffer.allocate(RESULT_BYTES);
        if (LibC.CALLS.statx(directory, name, flags, BASIC_AND_DIRECT, memory.address()) < 0) {
            int errno = LibC.errno();
            String advice =
                    errno == Errno.ENOENT
                            ? " (is the disk attached, and its path in the configuration right?)"
                            : "";
            throw new IOException("cannot open " + path + ": " + Errno.text(errno) + advice);
        }
        ByteBuffer result = memory.buffer().order(ByteOrder.nativeOrder());
        return new FileStatus(
                result.getShort(28) & KIND_MASK,
                result.getLong(40),
                result.getInt(4),
                result.getInt(156));
    }
}
