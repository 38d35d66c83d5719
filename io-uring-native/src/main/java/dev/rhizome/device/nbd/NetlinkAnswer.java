package dev.rhizome.device.nbd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What the kernel has answered to one request: the attributes of its reply, if it gave one, and how
 * the request ended. Fed with the datagrams that came, which hold one message or more each.
 */
final class NetlinkAnswer {

    private static final int TYPE_ERROR = 2;
    private static final int TYPE_OFFSET = 4;
    private static final int SEQUENCE_OFFSET = 8;
    private static final int TYPE_MASK = 0x3fff;

    private final int sequence;
    private byte[] attributes = {};
    private boolean ended;
    private int errno;

    NetlinkAnswer(int sequence) {
        this.sequence = sequence;
    }

    /**
     * Takes a datagram.
     *
     * @param datagram from 0 to its limit, in the machine's byte order
     */
    void take(ByteBuffer datagram) {
        int at = 0;
        while (at + NetlinkMessage.HEADER_BYTES <= datagram.limit()) {
            int lengthBytes = datagram.getInt(at);
            if (lengthBytes < NetlinkMessage.HEADER_BYTES || lengthBytes > datagram.limit() - at) {
                return;
            }
            // Answers to earlier requests, which were given up, are passed over.
            if (datagram.getInt(at + SEQUENCE_OFFSET) == sequence) {
                takeMessage(datagram, at, lengthBytes);
            }
            at += NetlinkMessage.padded(lengthBytes);
        }
    }

    private void takeMessage(ByteBuffer datagram, int at, int lengthBytes) {
        int body = at + NetlinkMessage.HEADER_BYTES;
        if (Short.toUnsignedInt(datagram.getShort(at + TYPE_OFFSET)) == TYPE_ERROR) {
            if (lengthBytes >= NetlinkMessage.HEADER_BYTES + Integer.BYTES) {
                ended = true;
                errno = -datagram.getInt(body);
            }
            return;
        }
        int headers = NetlinkMessage.HEADER_BYTES + NetlinkMessage.GENERIC_HEADER_BYTES;
        if (lengthBytes >= headers) {
            attributes = new byte[lengthBytes - headers];
            datagram.get(at + headers, attributes);
        }
    }

    /** Whether the acknowledgement, or an error, has come. */
    boolean ended() {
        return ended;
    }

    /** 0 for success, else why the kernel refused. */
    int errno() {
        return errno;
    }

    /**
     * A number among the reply's attributes, of 2 or 4 bytes.
     *
     * @return -1 if it is not there
     */
    int number(int type) {
        ByteBuffer view = ByteBuffer.wrap(attributes).order(ByteOrder.nativeOrder());
        int at = 0;
        while (at + NetlinkMessage.ATTRIBUTE_HEADER_BYTES <= attributes.length) {
            int lengthBytes = Short.toUnsignedInt(view.getShort(at));
            if (lengthBytes < NetlinkMessage.ATTRIBUTE_HEADER_BYTES
                    || lengthBytes > attributes.length - at) {
                return -1;
            }
            int value = at + NetlinkMessage.ATTRIBUTE_HEADER_BYTES;
            if ((view.getShort(at + Short.BYTES) & TYPE_MASK) == type) {
                return switch (lengthBytes - NetlinkMessage.ATTRIBUTE_HEADER_BYTES) {
                    case Short.BYTES -> Short.toUnsignedInt(view.getShort(value));
                    case Integer.BYTES -> view.getInt(value);
                    default -> -1;
                };
            }
            at += NetlinkMessage.padded(lengthBytes);
        }
        return -1;
    }

    @Override
    public String toString() {
        return "errno " + errno + ", " + Arrays.toString(attributes);
    }
}
