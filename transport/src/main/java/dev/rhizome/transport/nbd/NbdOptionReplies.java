package dev.rhizome.transport.nbd;

import dev.rhizome.transport.OutboundBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes the replies to the options of one connection. */
final class NbdOptionReplies {
    private final OutboundBatch outbound;
    private int option;

    NbdOptionReplies(OutboundBatch outbound) {
        this.outbound = outbound;
    }

    /** The option that is answered from now on. */
    void to(int answered) {
        option = answered;
    }

    /** The end of a good answer. */
    void done() {
        header(Nbd.REP_ACK, 0);
    }

    /** The end of any other. */
    void error(int type, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        header(type, encoded.length).put(encoded);
    }

    /** An export of the list. */
    void server(String name) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        header(Nbd.REP_SERVER, Integer.BYTES + encoded.length).putInt(encoded.length).put(encoded);
    }

    /** A metadata context. */
    void context(int id, String name) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        header(Nbd.REP_META_CONTEXT, Integer.BYTES + encoded.length).putInt(id).put(encoded);
    }

    /** What every client is told of an export. */
    void export(NbdExport export) {
        header(Nbd.REP_INFO, Short.BYTES + Long.BYTES + Short.BYTES)
                .putShort((short) Nbd.INFO_EXPORT)
                .putLong(export.sizeBytes())
                .putShort((short) export.flags());
    }

    /** Its block sizes. */
    void blockSizes(NbdExport export) {
        header(Nbd.REP_INFO, Short.BYTES + 3 * Integer.BYTES)
                .putShort((short) Nbd.INFO_BLOCK_SIZE)
                .putInt(export.minimumBlockBytes())
                .putInt(export.preferredBlockBytes())
                .putInt(export.maximumPayloadBytes());
    }

    /** Its name or description. */
    void text(int kind, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        header(Nbd.REP_INFO, Short.BYTES + encoded.length).putShort((short) kind).put(encoded);
    }

    /** The answer to EXPORT_NAME, which has no header. */
    void exportName(NbdExport export, boolean zeroes) {
        outbound.header(Long.BYTES + Short.BYTES)
                .putLong(export.sizeBytes())
                .putShort((short) export.flags());
        if (zeroes) {
            outbound.header(Nbd.EXPORT_NAME_ZEROES).put(new byte[Nbd.EXPORT_NAME_ZEROES]);
        }
    }

    private ByteBuffer header(int type, int dataBytes) {
        return outbound.header(Long.BYTES + 3 * Integer.BYTES + dataBytes)
                .putLong(Nbd.OPTION_REPLY_MAGIC)
                .putInt(option)
                .putInt(type)
                .putInt(dataBytes);
    }
}
