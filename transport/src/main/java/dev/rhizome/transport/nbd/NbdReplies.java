package dev.rhizome.transport.nbd;

import dev.rhizome.transport.NettyPayload;
import dev.rhizome.transport.OutboundBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the replies of one connection. */
final class NbdReplies {
    private final OutboundBatch outbound;
    private final boolean structured;

    NbdReplies(OutboundBatch outbound, boolean structured) {
        this.outbound = outbound;
        this.structured = structured;
    }

    /** The whole reply to anything that went well but a READ. */
    void done(long cookie) {
        simple(cookie, 0);
    }

    /** The whole reply to a BLOCK_STATUS, which only a client with structured replies may ask. */
    void allocated(long cookie, long lengthBytes) {
        int bodyBytes = 3 * Integer.BYTES;
        chunk(Nbd.REPLY_FLAG_DONE, Nbd.REPLY_BLOCK_STATUS, cookie, bodyBytes, bodyBytes)
                .putInt(Nbd.ALLOCATION_ID)
                .putInt((int) lengthBytes)
                .putInt(0);
    }

    /** The whole reply, or with chunks sent before the end of it, to what was refused or failed. */
    void failed(long cookie, NbdRefusal why) {
        if (!structured) {
            simple(cookie, why.errno());
            return;
        }
        byte[] text = why.text().getBytes(StandardCharsets.US_ASCII);
        int bodyBytes = Integer.BYTES + Short.BYTES + text.length;
        chunk(Nbd.REPLY_FLAG_DONE, Nbd.REPLY_ERROR, cookie, bodyBytes, bodyBytes)
                .putInt(why.errno())
                .putShort((short) text.length)
                .put(text);
    }

    /**
     * A part of the data of a READ that has not failed; the payload's reference passes. Of a simple
     * reply the parts come in order.
     */
    void data(NbdRequest request, long offsetBytes, NettyPayload payload) {
        if (structured) {
            chunk(
                            request.allAnswered() ? Nbd.REPLY_FLAG_DONE : 0,
                            Nbd.REPLY_OFFSET_DATA,
                            request.cookie,
                            Long.BYTES + payload.sizeBytes(),
                            Long.BYTES)
                    .putLong(offsetBytes);
        } else if (!request.replyBegun) {
            request.replyBegun = true;
            simple(request.cookie, 0);
        }
        outbound.payload(payload);
    }

    private void simple(long cookie, int errno) {
        outbound.header(Nbd.SIMPLE_REPLY_BYTES)
                .putInt(Nbd.SIMPLE_REPLY_MAGIC)
                .putInt(errno)
                .putLong(cookie);
    }

    private ByteBuffer chunk(int flags, int type, long cookie, int bodyBytes, int roomBytes) {
        return outbound.header(Nbd.CHUNK_BYTES + roomBytes)
                .putInt(Nbd.STRUCTURED_REPLY_MAGIC)
                .putShort((short) flags)
                .putShort((short) type)
                .putLong(cookie)
                .putInt(bodyBytes);
    }
}
