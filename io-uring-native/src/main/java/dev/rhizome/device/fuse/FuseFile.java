package dev.rhizome.device.fuse;

import dev.rhizome.linux.Errno;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The directory with its one file, and what the kernel asks of them besides data. */
final class FuseFile {
    private static final Logger LOG = LoggerFactory.getLogger(FuseFile.class);

    private static final int ENOENT = 2;
    private static final int EPROTO = 71;
    private static final int DIRECTORY_MODE = 0040700;
    private static final int FILE_MODE = 0100600;

    /** Only the size changes, and then the kernel is told to ask again. */
    private static final long VALID_SECONDS = 1L << 30;

    private static final int ATTRIBUTES_BYTES = 88;
    private static final int BLOCK_BYTES = 4096;
    private static final int LONGEST_NAME = 255;

    private final String name;
    private final LongSupplier sizeBytes;
    private final int maxRequests;
    private final FuseAnswers answers;

    FuseFile(String name, LongSupplier sizeBytes, int maxRequests, FuseAnswers answers) {
        this.name = name;
        this.sizeBytes = sizeBytes;
        this.maxRequests = maxRequests;
        this.answers = answers;
    }

    void answer(FuseInput request) {
        long unique = request.unique();
        switch (request.opcode()) {
            case FuseMessage.INIT -> initialize(request);
            case FuseMessage.LOOKUP -> lookUp(request);
            case FuseMessage.GETATTR -> attributes(request);
            case FuseMessage.OPEN -> open(unique);
            case FuseMessage.STATFS -> statistics(unique);
            case FuseMessage.RELEASE, FuseMessage.FLUSH, FuseMessage.DESTROY ->
                    answers.done(unique, 0);
            case FuseMessage.FORGET, FuseMessage.BATCH_FORGET, FuseMessage.INTERRUPT -> {
                // Not answered. Every request ends by itself, so none needs to be interrupted.
            }
            default -> answers.failed(unique, Errno.ENOSYS);
        }
    }

    private void initialize(FuseInput request) {
        boolean known =
                request.major() == FuseMessage.MAJOR && request.minor() >= FuseMessage.OLDEST_MINOR;
        if (!known) {
            LOG.error(
                    "the kernel speaks FUSE {}.{}, not 7.31 (Linux 5.2) or a later 7",
                    request.major(),
                    request.minor());
            answers.failed(request.unique(), EPROTO);
            return;
        }
        int wanted =
                FuseMessage.ASYNC_READ
                        | FuseMessage.BIG_WRITES
                        | FuseMessage.ASYNC_DIRECT_IO
                        | FuseMessage.PARALLEL_LOOKUPS
                        | FuseMessage.MAX_PAGES;
        ByteBuffer body = answers.body();
        body.putInt(0, FuseMessage.MAJOR);
        body.putInt(4, FuseMessage.OLDEST_MINOR);
        body.putInt(8, request.readAheadBytes());
        body.putInt(12, request.features() & wanted);
        body.putShort(16, (short) maxRequests);
        body.putShort(18, (short) maxRequests);
        body.putInt(20, FuseConnection.MAX_TRANSFER_BYTES);
        body.putInt(24, 1);
        body.putShort(28, (short) (FuseConnection.MAX_TRANSFER_BYTES / BLOCK_BYTES));
        answers.done(request.unique(), 64);
    }

    private void lookUp(FuseInput request) {
        if (request.node() != FuseMessage.ROOT || !request.name().equals(name)) {
            answers.failed(request.unique(), ENOENT);
            return;
        }
        ByteBuffer body = answers.body();
        body.putLong(0, FuseMessage.FILE);
        body.putLong(16, VALID_SECONDS);
        body.putLong(24, VALID_SECONDS);
        attributes(FuseMessage.FILE, body, 40);
        answers.done(request.unique(), 40 + ATTRIBUTES_BYTES);
    }

    private void attributes(FuseInput request) {
        ByteBuffer body = answers.body();
        body.putLong(0, VALID_SECONDS);
        attributes(request.node(), body, 16);
        answers.done(request.unique(), 16 + ATTRIBUTES_BYTES);
    }

    private void attributes(long node, ByteBuffer body, int at) {
        boolean directory = node == FuseMessage.ROOT;
        body.putLong(at, node);
        body.putLong(at + 8, directory ? 0 : sizeBytes.getAsLong());
        body.putLong(at + 16, directory ? 0 : sizeBytes.getAsLong() / 512);
        body.putInt(at + 60, directory ? DIRECTORY_MODE : FILE_MODE);
        body.putInt(at + 64, directory ? 2 : 1);
        body.putInt(at + 80, BLOCK_BYTES);
    }

    private void open(long unique) {
        int flags =
                FuseMessage.OPEN_DIRECT_IO
                        | FuseMessage.OPEN_NO_FLUSH
                        | FuseMessage.OPEN_PARALLEL_DIRECT_WRITES;
        answers.body().putInt(8, flags);
        answers.done(unique, 16);
    }

    /** The loop device takes the block size for the grain of its discards. */
    private void statistics(long unique) {
        ByteBuffer body = answers.body();
        body.putLong(0, sizeBytes.getAsLong() / BLOCK_BYTES);
        body.putInt(40, BLOCK_BYTES);
        body.putInt(44, LONGEST_NAME);
        body.putInt(48, BLOCK_BYTES);
        answers.done(unique, 80);
    }
}
