package dev.rhizome.transport.nbd;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** The header of one request, reused: 28 bytes, big-endian. */
final class NbdRequestHeader {
    private final ByteBuffer bytes = ByteBuffer.allocate(Nbd.REQUEST_BYTES);

    /** 16 bits. */
    int flags;

    /** 16 bits. */
    int command;

    long cookie;

    /** Unsigned, so that what is negative is past the end of every export. */
    long offsetBytes;

    /** Unsigned 32 bits. */
    long lengthBytes;

    private int magic;

    /** Takes bytes; whether the header is complete. */
    boolean read(ByteBuf in) {
        int missingBytes = Math.min(bytes.remaining(), in.readableBytes());
        bytes.limit(bytes.position() + missingBytes);
        in.readBytes(bytes);
        bytes.limit(Nbd.REQUEST_BYTES);
        if (bytes.hasRemaining()) {
            return false;
        }
        bytes.flip();
        magic = bytes.getInt();
        flags = bytes.getShort() & 0xFFFF;
        command = bytes.getShort() & 0xFFFF;
        cookie = bytes.getLong();
        offsetBytes = bytes.getLong();
        lengthBytes = bytes.getInt() & 0xFFFFFFFFL;
        bytes.clear();
        return true;
    }

    /** Whether it is a request's at all. */
    boolean valid() {
        return magic == Nbd.REQUEST_MAGIC;
    }

    boolean fua() {
        return (flags & Nbd.CMD_FLAG_FUA) != 0;
    }
}
