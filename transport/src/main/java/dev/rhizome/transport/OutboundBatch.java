package dev.rhizome.transport;

import dev.rhizome.core.Invariant;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers headers and small payloads into one buffer, so that a batch of small messages is one TLS
 * record and one entry of the channel's queue; large payloads are passed on without a copy. A
 * payload of a page or so is copied because a record, and an entry of an I/O vector, cost more than
 * the copy. At most one buffer is held; {@link #flush} leaves none.
 */
public final class OutboundBatch {

    /**
     * Larger buffers go in pieces: TLS makes room for what one buffer becomes, all at once, and no
     * pool has room of more than a few hundred KiB.
     */
    private static final int PIECE_BYTES = 128 * 1024;

    private final Channel channel;
    private final int batchBytes;
    private final int copyLimitBytes;
    private @Nullable ByteBuf batch;
    private boolean flushNeeded;

    /**
     * @param channel where it writes to
     * @param batchBytes the size of one batch
     * @param copyLimitBytes payloads up to this size are copied
     */
    public OutboundBatch(Channel channel, int batchBytes, int copyLimitBytes) {
        Invariant.check(copyLimitBytes < batchBytes, "INV-17", "a copied payload fits its batch");
        this.channel = channel;
        this.batchBytes = batchBytes;
        this.copyLimitBytes = copyLimitBytes;
    }

    /**
     * Room for a header that the caller fills completely, at the returned view's position. The view
     * is valid until the next call.
     *
     * @param headerBytes how many bytes the caller writes, all of them
     */
    public ByteBuffer header(int headerBytes) {
        ByteBuf target = room(headerBytes);
        int start = target.writerIndex();
        target.writerIndex(start + headerBytes);
        return target.internalNioBuffer(start, headerBytes);
    }

    /** Appends a payload; one of its references passes. */
    public void payload(NettyPayload payload) {
        int sizeBytes = payload.sizeBytes();
        if (sizeBytes > copyLimitBytes) {
            pass(payload.content());
            return;
        }
        header(sizeBytes).put(payload.window(0, sizeBytes));
        payload.release();
    }

    /** Appends the remaining bytes of a buffer, which are copied. */
    public void bytes(ByteBuffer source) {
        int lengthBytes = source.remaining();
        if (lengthBytes > batchBytes) {
            pass(channel.alloc().directBuffer(lengthBytes).writeBytes(source));
        } else {
            header(lengthBytes).put(source);
        }
    }

    /** Appends a whole buffer without a copy; its reference passes. */
    private void pass(ByteBuf whole) {
        write();
        if (whole.readableBytes() <= PIECE_BYTES) {
            enqueue(whole);
            return;
        }
        int end = whole.writerIndex();
        for (int at = whole.readerIndex(); at < end; at += PIECE_BYTES) {
            enqueue(whole.retainedSlice(at, Math.min(PIECE_BYTES, end - at)));
        }
        whole.release();
    }

    /** Sends all that was appended. */
    public void flush() {
        write();
        if (flushNeeded) {
            flushNeeded = false;
            channel.flush();
        }
    }

    /** Whether something waits for {@link #flush}. */
    public boolean pending() {
        return flushNeeded || batch != null;
    }

    /** Drops what has not been sent: the channel is gone. */
    public void discard() {
        if (batch != null) {
            batch.release();
            batch = null;
        }
    }

    private ByteBuf room(int lengthBytes) {
        if (batch != null && batch.capacity() - batch.writerIndex() < lengthBytes) {
            write();
        }
        if (batch == null) {
            batch = channel.alloc().directBuffer(batchBytes, batchBytes);
        }
        return batch;
    }

    private void write() {
        if (batch == null) {
            return;
        }
        ByteBuf full = batch;
        batch = null;
        enqueue(full);
    }

    private void enqueue(ByteBuf whole) {
        Channels.write(channel, whole);
        flushNeeded = true;
    }
}
