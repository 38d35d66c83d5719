package dev.rhizome.device.nbd;

import dev.rhizome.uring.AlignedBuffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A request to a generic netlink family, being written. All in the machine's byte order; see
 * netlink(7) and the kernel's include/uapi/linux/{netlink,genetlink}.h.
 *
 * <pre>
 *   offset  size  field
 *        0     4  length of the whole
 *        4     2  family
 *        6     2  flags: request, acknowledge
 *        8     4  sequence number
 *       12     4  port, 0: the kernel fills it in
 *       16     1  command
 *       17     1  the family's version
 *       18     2  zero
 *       20        attributes: 2 length, 2 type, the value, zeroes up to a multiple of 4
 * </pre>
 */
final class NetlinkMessage {

    static final int HEADER_BYTES = 16;
    static final int GENERIC_HEADER_BYTES = 4;
    static final int ATTRIBUTE_HEADER_BYTES = 4;

    private static final int MAX_BYTES = 1024;
    private static final short REQUEST_AND_ACKNOWLEDGE = 1 | 4;
    private static final int ALIGNMENT = 4;

    private final AlignedBuffer memory = AlignedBuffer.allocate(MAX_BYTES);
    private final ByteBuffer bytes = memory.buffer().order(ByteOrder.nativeOrder());

    NetlinkMessage(int family, int command, int version, int sequence) {
        bytes.putInt(0)
                .putShort((short) family)
                .putShort(REQUEST_AND_ACKNOWLEDGE)
                .putInt(sequence)
                .putInt(0)
                .put((byte) command)
                .put((byte) version)
                .putShort((short) 0);
    }

    NetlinkMessage number(int type, int value) {
        header(type, Integer.BYTES);
        bytes.putInt(value);
        return this;
    }

    NetlinkMessage longNumber(int type, long value) {
        header(type, Long.BYTES);
        bytes.putLong(value);
        return this;
    }

    /** With the zero at the end that the kernel's policies for strings want. */
    NetlinkMessage text(int type, String value) {
        byte[] characters = value.getBytes(StandardCharsets.US_ASCII);
        header(type, characters.length + 1);
        bytes.put(characters).put((byte) 0);
        return pad();
    }

    /** Begins an attribute that consists of attributes; {@link #end} takes the answer. */
    int begin(int type) {
        int at = bytes.position();
        header(type, 0);
        return at;
    }

    NetlinkMessage end(int begun) {
        bytes.putShort(begun, (short) (bytes.position() - begun));
        return this;
    }

    /** The whole, from 0 to the position, its length filled in. */
    ByteBuffer bytes() {
        return bytes.putInt(0, bytes.position());
    }

    /** Where it is in memory. */
    long address() {
        return memory.address();
    }

    /** The length of an attribute, or of a message, with what pads it. */
    static int padded(int lengthBytes) {
        return (lengthBytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    private void header(int type, int valueBytes) {
        bytes.putShort((short) (ATTRIBUTE_HEADER_BYTES + valueBytes)).putShort((short) type);
    }

    private NetlinkMessage pad() {
        while (bytes.position() % ALIGNMENT != 0) {
            bytes.put((byte) 0);
        }
        return this;
    }
}
