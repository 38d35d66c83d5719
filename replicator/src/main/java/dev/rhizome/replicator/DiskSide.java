package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.Tokens;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.uring.AlignedBuffer;
import dev.rhizome.uring.Disk;
import dev.rhizome.uring.DiskQueue;
import java.nio.ByteBuffer;

/**
 * The engine's disk effects on the disk queue. The data begins at the disk's first byte, so a
 * volume's offset is the disk's.
 */
final class DiskSide {
    /** Set in the token of a metadata write; the engine's own tokens leave it clear. */
    private static final long METADATA = 1L << 63;

    /** More than any of the engine's owners of tokens has. */
    private static final int SLOTS = Limits.MAX_PEER_REQUESTS;

    /**
     * Reads are not kept for the end of the batch, as writes are: the disk begins with the first of
     * them while others are still being asked for.
     */
    private static final int READS_TOGETHER = 4;

    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    private final DiskQueue queue;
    private Disk disk;
    private Disk metadataDisk;

    /** What each operation of the engine must move at least; a token's slot has one at a time. */
    private final int[] wholeBytes = new int[Tokens.Owner.values().length * SLOTS];

    private final AlignedBuffer metadataImage =
            AlignedBuffer.allocate(Bitmap.MAX_RUN_PAGES * SuperblockCodec.BYTES);

    private final DiskLatencies latencies = new DiskLatencies(wholeBytes.length);
    private int metadataBytes;
    private int readsQueued;

    /**
     * @param queue takes the operations
     * @param disks hold data and metadata
     */
    DiskSide(DiskQueue queue, Disks disks) {
        this.queue = queue;
        disk = disks.data();
        metadataDisk = disks.metadata();
    }

    /** Goes on with others; nothing is under way on the ones before. */
    void use(Disks others) {
        disk = others.data();
        metadataDisk = others.metadata();
    }

    void read(long token, long offsetBytes, int lengthBytes, Payload into) {
        begin(token, lengthBytes, DiskLatencies.READ);
        queue.read(disk, token, memory(into), 0, lengthBytes, offsetBytes);
        readsQueued++;
        if (readsQueued == READS_TOGETHER) {
            submit();
        }
    }

    void write(long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        begin(token, lengthBytes, DiskLatencies.WRITE);
        queue.write(disk, token, memory(from), 0, lengthBytes, offsetBytes, durable);
    }

    void flush(long token) {
        begin(token, 0, DiskLatencies.FLUSH);
        queue.flush(disk, token);
    }

    void trim(long token, long offsetBytes, long lengthBytes) {
        begin(token, 0, DiskLatencies.WRITE);
        queue.trim(disk, token, offsetBytes, lengthBytes);
    }

    void zero(long token, long offsetBytes, long lengthBytes) {
        begin(token, 0, DiskLatencies.WRITE);
        queue.zero(disk, token, offsetBytes, lengthBytes);
    }

    private void begin(long token, int lengthBytes, byte kind) {
        int operation = index(token);
        wholeBytes[operation] = lengthBytes;
        latencies.begin(operation, kind);
    }

    /** How long the operations take. */
    DiskLatencies latencies() {
        return latencies;
    }

    void writeMetadata(long token, long offsetBytes, ByteBuffer image) {
        metadataBytes = image.remaining();
        metadataImage.buffer().clear().put(image);
        queue.write(
                metadataDisk, token | METADATA, metadataImage, 0, metadataBytes, offsetBytes, true);
    }

    /** Hands what is queued to the kernel. */
    void submit() {
        readsQueued = 0;
        queue.submit();
    }

    static boolean isMetadata(long token) {
        return (token & METADATA) != 0;
    }

    static long metadataToken(long token) {
        return token & ~METADATA;
    }

    /** Whether the metadata write under way, the only one, was done whole. */
    boolean metadataWritten(int result) {
        return result == metadataBytes;
    }

    /**
     * What a result of the disk queue means: bytes or 0, or a negative errno. Fewer bytes than
     * asked for mean that the disk has become shorter than it was: what was not read must not be
     * taken for data.
     */
    IoStatus status(long token, int result) {
        int operation = index(token);
        if (result >= wholeBytes[operation]) {
            latencies.done(operation);
            return IoStatus.OK;
        }
        return result == -ENOSPC || result == -EDQUOT ? IoStatus.NO_SPACE : IoStatus.IO_ERROR;
    }

    private static int index(long token) {
        return Tokens.owner(token).ordinal() * SLOTS + Tokens.slot(token);
    }

    private static AlignedBuffer memory(Payload payload) {
        return ((PooledPayload) payload).memory();
    }
}
