package dev.rhizome.device.fuse;

/**
 * The messages of FUSE that a file system of one file needs; linux/fuse.h, protocol 7.31. All
 * numbers are in the machine's byte order.
 *
 * <pre>
 *   request                               answer
 *    0  4  length of all                   0  4  length of all
 *    4  4  opcode                          4  4  0 or a negative errno
 *    8  8  unique                          8  8  unique
 *   16  8  node                           16     body
 *   24 16  user, group, process, -
 *   40     body
 *
 *   INIT      40 4 major, 44 4 minor      16 4 major, 20 4 minor, 24 4 read-ahead, 28 4 flags,
 *                                         32 2 background, 34 2 congestion, 36 4 most of a write,
 *                                         40 4 time grain, 44 2 pages, 46 18 -
 *   LOOKUP    40   name, 0                16 8 node, 24 8 generation, 32 8 entry valid (s),
 *                                         40 8 attributes valid (s), 48 8 their ns, 56 88 attributes
 *   GETATTR   -                           16 8 valid (s), 24 8 ns, 32 88 attributes
 *   OPEN      -                           16 8 handle, 24 4 flags, 28 4 -
 *   READ      48 8 offset, 56 4 length    16   data
 *   WRITE     48 8 offset, 56 4 length,   16 4 length, 20 4 -
 *             80   data
 *   FALLOCATE 48 8 offset, 56 8 length,   -
 *             64 4 mode
 *   STATFS    -                           16 8 blocks, 24 32 -, 56 4 block size, 60 4 longest name,
 *                                         64 4 fragment, 68 28 -
 *
 *   attributes
 *    0  8  node   8 8 bytes   16 8 units of 512   24 36 times   60 4 mode   64 4 links
 *   68 12  owner, group, device   80 4 block size   84 4 -
 * </pre>
 */
final class FuseMessage {
    static final int MAJOR = 7;

    /** The oldest kernel that has all that is used here: Linux 5.2. */
    static final int OLDEST_MINOR = 31;

    static final int REQUEST_HEADER_BYTES = 40;

    /** The header of a WRITE with its body: the data follow. */
    static final int WRITE_HEADER_BYTES = 80;

    static final int ANSWER_HEADER_BYTES = 16;

    static final int LOOKUP = 1;
    static final int FORGET = 2;
    static final int GETATTR = 3;
    static final int OPEN = 14;
    static final int READ = 15;
    static final int WRITE = 16;
    static final int STATFS = 17;
    static final int RELEASE = 18;
    static final int FSYNC = 20;
    static final int FLUSH = 25;
    static final int INIT = 26;
    static final int INTERRUPT = 36;
    static final int DESTROY = 38;
    static final int BATCH_FORGET = 42;
    static final int FALLOCATE = 43;

    /** The root directory's node. */
    static final long ROOT = 1;

    /** The file's node. */
    static final long FILE = 2;

    // Flags of INIT: many reads, large writes and unordered direct I/O at once; pages counted.
    static final int ASYNC_READ = 1;
    static final int BIG_WRITES = 1 << 5;
    static final int ASYNC_DIRECT_IO = 1 << 15;
    static final int PARALLEL_LOOKUPS = 1 << 18;
    static final int MAX_PAGES = 1 << 22;

    // Flags of OPEN.
    static final int OPEN_DIRECT_IO = 1;
    static final int OPEN_NO_FLUSH = 1 << 5;
    static final int OPEN_PARALLEL_DIRECT_WRITES = 1 << 6;

    // Modes of FALLOCATE.
    static final int KEEP_SIZE = 1;
    static final int PUNCH_HOLE = 2;
    static final int ZERO_RANGE = 0x10;

    private FuseMessage() {}
}
