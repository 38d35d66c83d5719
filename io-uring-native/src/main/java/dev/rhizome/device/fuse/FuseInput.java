package dev.rhizome.device.fuse;

import dev.rhizome.linux.HotCalls;
import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The kernel's current request; see {@link FuseMessage} for its bytes. */
final class FuseInput {
    private static final int VECTORS_AT = FuseMessage.WRITE_HEADER_BYTES;
    private static final int VECTOR_BYTES = 16;

    private final int fd;
    private final AlignedBuffer memory = AlignedBuffer.allocate(VECTORS_AT + 2 * VECTOR_BYTES);
    private final ByteBuffer bytes = memory.buffer().order(ByteOrder.nativeOrder());

    /** For a descriptor of /dev/fuse, which is not closed here. */
    FuseInput(int fd) {
        this.fd = fd;
        vector(0, memory.address(), FuseMessage.WRITE_HEADER_BYTES);
    }

    private void vector(int index, long address, long lengthBytes) {
        bytes.putLong(VECTORS_AT + index * VECTOR_BYTES, address);
        bytes.putLong(VECTORS_AT + index * VECTOR_BYTES + Long.BYTES, lengthBytes);
    }

    /**
     * Reads the next request: 80 bytes here, what follows (the data of a WRITE) where it is said.
     *
     * @return its length, or a negative errno
     */
    int read(long dataAddress, int dataBytes) {
        vector(1, dataAddress, dataBytes);
        return HotCalls.readv(fd, memory.address() + VECTORS_AT, 2);
    }

    int opcode() {
        return bytes.getInt(4);
    }

    long unique() {
        return bytes.getLong(8);
    }

    long node() {
        return bytes.getLong(16);
    }

    /** Of READ, WRITE and FALLOCATE. */
    long offsetBytes() {
        return bytes.getLong(48);
    }

    /** Of READ and WRITE. */
    long transferBytes() {
        return bytes.getInt(56) & 0xffff_ffffL;
    }

    /** Of FALLOCATE. */
    long rangeBytes() {
        return bytes.getLong(56);
    }

    /** Of FALLOCATE. */
    int allocationMode() {
        return bytes.getInt(64);
    }

    /** Of INIT. */
    int major() {
        return bytes.getInt(40);
    }

    /** Of INIT. */
    int minor() {
        return bytes.getInt(44);
    }

    /** Of INIT. */
    int readAheadBytes() {
        return bytes.getInt(48);
    }

    /** Of INIT: what the kernel can. */
    int features() {
        return bytes.getInt(52);
    }

    /** Of LOOKUP; a name that does not end here is none of ours. */
    String name() {
        int end = FuseMessage.REQUEST_HEADER_BYTES;
        while (end < FuseMessage.WRITE_HEADER_BYTES && bytes.get(end) != 0) {
            end++;
        }
        byte[] name = new byte[end - FuseMessage.REQUEST_HEADER_BYTES];
        bytes.get(FuseMessage.REQUEST_HEADER_BYTES, name);
        return new String(name, StandardCharsets.UTF_8);
    }
}
