package dev.rhizome.replicator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.metadata.MetadataLayout;
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

    private static final int ENOSPC = 28;
    private static final int EDQUOT = 122;

    private final DiskQueue queue;
    private final Disk disk;
    private final MetadataLayout layout;
    private final AlignedBuffer slotImage = AlignedBuffer.allocate(SuperblockCodec.BYTES);

    DiskSide(DiskQueue queue, Disk disk, MetadataLayout layout) {
        this.queue = queue;
        this.disk = disk;
        this.layout = layout;
    }

    void read(long token, long offsetBytes, int lengthBytes, Payload into) {
        queue.read(disk, token, memory(into), 0, lengthBytes, offsetBytes);
    }

    void write(long token, long offsetBytes, int lengthBytes, Payload from, boolean durable) {
        queue.write(disk, token, memory(from), 0, lengthBytes, offsetBytes, durable);
    }

    void flush(long token) {
        queue.flush(disk, token);
    }

    void trim(long token, long offsetBytes, long lengthBytes) {
        queue.trim(disk, token, offsetBytes, lengthBytes);
    }

    void zero(long token, long offsetBytes, long lengthBytes) {
        queue.zero(disk, token, offsetBytes, lengthBytes);
    }

    void writeMetadata(long token, int slot, ByteBuffer image) {
        slotImage.buffer().clear().put(image);
        queue.write(
                disk,
                token | METADATA,
                slotImage,
                0,
                SuperblockCodec.BYTES,
                layout.slotOffsetBytes(slot),
                true);
    }

    /** Hands what is queued to the kernel. */
    void submit() {
        queue.submit();
    }

    static boolean isMetadata(long token) {
        return (token & METADATA) != 0;
    }

    static long metadataToken(long token) {
        return token & ~METADATA;
    }

    /** What a result of the disk queue means: bytes or 0, or a negative errno. */
    static IoStatus status(int result) {
        if (result >= 0) {
            return IoStatus.OK;
        }
        return result == -ENOSPC || result == -EDQUOT ? IoStatus.NO_SPACE : IoStatus.IO_ERROR;
    }

    private static AlignedBuffer memory(Payload payload) {
        return ((PooledPayload) payload).memory();
    }
}
