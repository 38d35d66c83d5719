package dev.rhizome.device.fuse;

import dev.rhizome.device.DevicePayload;
import dev.rhizome.linux.Errno;
import dev.rhizome.linux.HotCalls;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes answers to the kernel, each with one call. Used by one thread at a time. */
final class FuseAnswers {
    private static final int MAX_BODY_BYTES = 128;
    private static final int VECTORS_AT = FuseMessage.ANSWER_HEADER_BYTES + MAX_BODY_BYTES;
    private static final int VECTOR_BYTES = 16;

    /** FUSE_NOTIFY_INVAL_INODE of linux/fuse.h, in the place of an error. */
    private static final int INVALIDATE_INODE = 2;

    private final int fd;
    private final AlignedBuffer memory = AlignedBuffer.allocate(VECTORS_AT + 2 * VECTOR_BYTES);
    private final ByteBuffer bytes = memory.buffer().order(ByteOrder.nativeOrder());

    /** For a descriptor of /dev/fuse, which is not closed here. */
    FuseAnswers(int fd) {
        this.fd = fd;
    }

    /** The answer's body, to be filled before {@link #done}: zeroes, from index 0 on. */
    ByteBuffer body() {
        for (int at = 0; at < MAX_BODY_BYTES; at += Long.BYTES) {
            bytes.putLong(FuseMessage.ANSWER_HEADER_BYTES + at, 0);
        }
        // A view by absolute index would need the header's length added everywhere.
        return bytes.position(FuseMessage.ANSWER_HEADER_BYTES)
                .slice()
                .order(ByteOrder.nativeOrder());
    }

    /** Answers with the first bytes of the {@link #body}; 0 for none. */
    int done(long unique, int bodyBytes) {
        header(unique, 0, bodyBytes);
        vector(0, memory.address(), FuseMessage.ANSWER_HEADER_BYTES + bodyBytes);
        return write(1);
    }

    /** Says how much was written. */
    int written(long unique, int lengthBytes) {
        bytes.putLong(FuseMessage.ANSWER_HEADER_BYTES, lengthBytes & 0xffff_ffffL);
        return done(unique, Long.BYTES);
    }

    /** Answers with data. */
    int data(long unique, DevicePayload payload) {
        header(unique, 0, payload.sizeBytes());
        vector(0, memory.address(), FuseMessage.ANSWER_HEADER_BYTES);
        vector(1, payload.memory().address(), payload.sizeBytes());
        return write(2);
    }

    /** Answers with an error. */
    int failed(long unique, int errno) {
        header(unique, -errno, 0);
        vector(0, memory.address(), FuseMessage.ANSWER_HEADER_BYTES);
        return write(1);
    }

    /** Tells the kernel, which has not asked, that a file's attributes have changed. */
    int attributesChanged(long node) {
        // Only attributes: no range of the content.
        body().putLong(0, node).putLong(8, -1).putLong(16, 0);
        header(0, INVALIDATE_INODE, 24);
        vector(0, memory.address(), FuseMessage.ANSWER_HEADER_BYTES + 24);
        return write(1);
    }

    private void header(long unique, int error, int bodyBytes) {
        bytes.putInt(0, FuseMessage.ANSWER_HEADER_BYTES + bodyBytes);
        bytes.putInt(4, error);
        bytes.putLong(8, unique);
    }

    private void vector(int index, long address, long lengthBytes) {
        bytes.putLong(VECTORS_AT + index * VECTOR_BYTES, address);
        bytes.putLong(VECTORS_AT + index * VECTOR_BYTES + Long.BYTES, lengthBytes);
    }

    /** A negative errno if the kernel does not take it. */
    private int write(int vectors) {
        int result;
        do {
            result = HotCalls.writev(fd, memory.address() + VECTORS_AT, vectors);
        } while (result == -Errno.EINTR);
        return result;
    }
}
