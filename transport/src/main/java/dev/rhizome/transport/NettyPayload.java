package dev.rhizome.transport;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import java.nio.ByteBuffer;

/**
 * A payload that is a Netty buffer over the same memory for its whole life: its reference count is
 * the buffer's, so a channel that has written {@link #content()} releases the payload. A pool
 * extends this class, hands a payload out with {@link #reuse} and takes it back in {@link
 * #recycle}; nothing is allocated in between.
 *
 * <p>Writing a buffer to a channel moves its read index, so one payload is in the outbound buffer
 * of at most one channel at a time. The memory itself may be read by others meanwhile.
 */
public abstract class NettyPayload implements Payload {

    private final Content content;
    private final int capacityBytes;
    private int sizeBytes;

    /**
     * A payload that lies in its pool, without references.
     *
     * @param memory a direct buffer; all that remains in it belongs to the payload from now on
     */
    protected NettyPayload(ByteBuffer memory) {
        capacityBytes = memory.remaining();
        sizeBytes = capacityBytes;
        content = new Content(memory);
    }

    /** Takes the payload back: its last reference has gone. Called on the event loop. */
    protected abstract void recycle();

    /**
     * Starts another use, with one reference.
     *
     * @param newSizeBytes from 1 to {@link #capacityBytes()}
     */
    protected final void reuse(int newSizeBytes) {
        Invariant.check(
                newSizeBytes > 0 && newSizeBytes <= capacityBytes,
                "INV-17",
                "a payload's size is within its memory");
        sizeBytes = newSizeBytes;
        content.restart();
    }

    /**
     * Makes it shorter, while its only holder has not handed it on.
     *
     * @param newSizeBytes from 1 to {@link #sizeBytes()}
     */
    public final void shorten(int newSizeBytes) {
        Invariant.check(
                content.refCnt() == 1 && newSizeBytes > 0 && newSizeBytes <= sizeBytes,
                "INV-17",
                "a payload is made shorter by its only holder");
        sizeBytes = newSizeBytes;
        content.fit();
    }

    @Override
    public final int sizeBytes() {
        return sizeBytes;
    }

    /** The most bytes that it can hold. */
    public final int capacityBytes() {
        return capacityBytes;
    }

    @Override
    public final void retain() {
        content.retain();
    }

    @Override
    public final void release() {
        content.release();
    }

    @Override
    public final boolean allZero() {
        int words = sizeBytes & -Long.BYTES;
        for (int at = 0; at < words; at += Long.BYTES) {
            if (content.getLong(at) != 0) {
                return false;
            }
        }
        for (int at = words; at < sizeBytes; at++) {
            if (content.getByte(at) != 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public final void digests(int blockBytes, ByteBuffer into) {
        BlockDigests.ofThisThread().of(window(0, sizeBytes), blockBytes, into);
    }

    /** The references that are held; 0 in the pool. */
    public final int references() {
        return content.refCnt();
    }

    /**
     * The valid bytes, all readable. Writing it to a channel takes one of the payload's references.
     */
    public final ByteBuf content() {
        return content;
    }

    /**
     * A view of a part of the memory, to copy into or out of. The view is one object that the next
     * call moves: not to be kept.
     */
    public final ByteBuffer window(int offsetBytes, int lengthBytes) {
        return content.internalNioBuffer(offsetBytes, lengthBytes);
    }

    /** Exactly as long as the valid bytes, so that Netty finds no room to append to it. */
    private final class Content extends UnpooledDirectByteBuf {

        Content(ByteBuffer memory) {
            super(UnpooledByteBufAllocator.DEFAULT, memory, memory.remaining());
            setRefCnt(0);
        }

        void restart() {
            Invariant.check(refCnt() == 0, "INV-17", "a payload in use is not handed out again");
            resetRefCnt();
            fit();
        }

        void fit() {
            maxCapacity(sizeBytes);
            setIndex(0, sizeBytes);
        }

        @Override
        public int capacity() {
            return sizeBytes;
        }

        @Override
        public ByteBuf capacity(int newCapacity) {
            throw new UnsupportedOperationException("a payload's size is fixed while it is used");
        }

        @Override
        protected void deallocate() {
            recycle();
        }
    }
}
