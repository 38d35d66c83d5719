package dev.rhizome.transport.nbd;

import dev.rhizome.core.request.Volume;
import dev.rhizome.transport.OutboundBatch;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Option haggling of one connection, until it reaches transmission or ends. */
final class NbdHandshake {
    private static final int CLIENT_FLAGS_BYTES = 4;
    private static final int MAX_OPTION_BYTES = Nbd.MAX_STRING_BYTES + 1024;

    /** Beyond this an option is not even skipped. */
    private static final int MAX_SKIPPED_BYTES = 1 << 20;

    enum Result {
        /** More bytes are needed. */
        GOES_ON,
        /** What follows are requests. */
        TRANSMISSION,
        /** The client has said goodbye. */
        ABORTED,
        /** The connection cannot go on; {@link #problem} says why. */
        BROKEN
    }

    private enum Part {
        FLAGS,
        HEADER,
        DATA,
        SKIP
    }

    private final NbdServerOptions options;
    private final Volume volume;
    private final OutboundBatch outbound;
    private final ByteBuffer bytes = ByteBuffer.allocate(MAX_OPTION_BYTES);
    private Part part = Part.FLAGS;
    private boolean noZeroes;
    private boolean structured;
    private int option;
    private int skip;
    private @Nullable String problem;

    NbdHandshake(NbdServerOptions options, Volume volume, OutboundBatch outbound) {
        this.options = options;
        this.volume = volume;
        this.outbound = outbound;
        bytes.limit(CLIENT_FLAGS_BYTES);
    }

    /** The first thing on a connection. */
    void greet() {
        outbound.header(Long.BYTES + Long.BYTES + Short.BYTES)
                .putLong(Nbd.INIT_MAGIC)
                .putLong(Nbd.OPTION_MAGIC)
                .putShort((short) (Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES));
        outbound.flush();
    }

    boolean structured() {
        return structured;
    }

    String problem() {
        return problem == null ? "" : problem;
    }

    /** Takes bytes up to the end of the buffer or of the handshake. */
    Result consume(ByteBuf in) {
        while (true) {
            if (part == Part.SKIP) {
                int lengthBytes = Math.min(skip, in.readableBytes());
                in.skipBytes(lengthBytes);
                skip -= lengthBytes;
                if (skip > 0) {
                    return Result.GOES_ON;
                }
                error(Nbd.REP_ERR_TOO_BIG, "the option's data is too long");
                expect(Part.HEADER, Nbd.OPTION_HEADER_BYTES);
            } else if (!fill(in)) {
                return Result.GOES_ON;
            } else {
                Result result = step();
                if (result != Result.GOES_ON) {
                    return result;
                }
            }
        }
    }

    private boolean fill(ByteBuf in) {
        int limit = bytes.limit();
        bytes.limit(Math.min(limit, bytes.position() + in.readableBytes()));
        in.readBytes(bytes);
        bytes.limit(limit);
        return !bytes.hasRemaining();
    }

    private void expect(Part next, int lengthBytes) {
        part = next;
        bytes.clear().limit(lengthBytes);
    }

    private Result broken(String why) {
        problem = why;
        return Result.BROKEN;
    }

    private Result step() {
        bytes.flip();
        return switch (part) {
            case FLAGS -> onFlags(bytes.getInt());
            case HEADER -> onHeader();
            case DATA, SKIP -> onOption();
        };
    }

    private Result onFlags(int flags) {
        if ((flags & ~(Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES)) != 0) {
            return broken("client set unknown flags " + Integer.toHexString(flags));
        }
        noZeroes = (flags & Nbd.FLAG_NO_ZEROES) != 0;
        expect(Part.HEADER, Nbd.OPTION_HEADER_BYTES);
        return Result.GOES_ON;
    }

    private Result onHeader() {
        long magic = bytes.getLong();
        option = bytes.getInt();
        int lengthBytes = bytes.getInt();
        if (magic != Nbd.OPTION_MAGIC) {
            return broken("client does not speak NBD: option without its magic");
        }
        if (lengthBytes < 0 || lengthBytes > MAX_SKIPPED_BYTES) {
            return broken("option " + option + " with too much data");
        }
        if (lengthBytes > MAX_OPTION_BYTES) {
            if (option == Nbd.OPT_EXPORT_NAME) {
                return broken("export name too long");
            }
            skip = lengthBytes;
            part = Part.SKIP;
        } else if (lengthBytes == 0) {
            bytes.clear().limit(0);
            return onOption();
        } else {
            expect(Part.DATA, lengthBytes);
        }
        return Result.GOES_ON;
    }

    private Result onOption() {
        Result result = Result.GOES_ON;
        switch (option) {
            case Nbd.OPT_EXPORT_NAME -> result = onExportName();
            case Nbd.OPT_ABORT -> {
                reply(Nbd.REP_ACK, 0);
                result = Result.ABORTED;
            }
            case Nbd.OPT_LIST -> onList();
            case Nbd.OPT_INFO, Nbd.OPT_GO -> result = onInfo();
            case Nbd.OPT_STRUCTURED_REPLY -> {
                if (bytes.hasRemaining()) {
                    error(Nbd.REP_ERR_INVALID, "structured replies take no data");
                } else {
                    structured = true;
                    reply(Nbd.REP_ACK, 0);
                }
            }
            default -> error(Nbd.REP_ERR_UNSUP, "option not supported");
        }
        expect(Part.HEADER, Nbd.OPTION_HEADER_BYTES);
        return result;
    }

    private Result onExportName() {
        if (!known(bytes.remaining())) {
            return broken("client asked for an export that is not here");
        }
        if (!volume.serving()) {
            return broken("the volume is not served: this node is not Primary, or it is closing");
        }
        ByteBuffer out = outbound.header(Long.BYTES + Short.BYTES);
        out.putLong(volume.sizeBytes()).putShort((short) Nbd.transmissionFlags(structured));
        if (!noZeroes) {
            outbound.header(Nbd.EXPORT_NAME_ZEROES).put(new byte[Nbd.EXPORT_NAME_ZEROES]);
        }
        return Result.TRANSMISSION;
    }

    private void onList() {
        if (bytes.hasRemaining()) {
            error(Nbd.REP_ERR_INVALID, "list takes no data");
            return;
        }
        byte[] name = options.exportName().getBytes(StandardCharsets.UTF_8);
        reply(Nbd.REP_SERVER, Integer.BYTES + name.length).putInt(name.length).put(name);
        reply(Nbd.REP_ACK, 0);
    }

    private Result onInfo() {
        int minimumBytes = Integer.BYTES + Short.BYTES;
        int nameBytes = bytes.remaining() < minimumBytes ? -1 : bytes.getInt();
        if (nameBytes < 0 || nameBytes > bytes.remaining() - Short.BYTES) {
            error(Nbd.REP_ERR_INVALID, "the export's name does not fit the option");
            return Result.GOES_ON;
        }
        boolean known = known(nameBytes);
        int asked = bytes.getShort() & 0xFFFF;
        if (bytes.remaining() != asked * Short.BYTES) {
            error(Nbd.REP_ERR_INVALID, "the list of information does not fit the option");
        } else if (!known) {
            error(Nbd.REP_ERR_UNKNOWN, "no such export; there is '" + options.exportName() + "'");
        } else if (!volume.serving()) {
            error(
                    Nbd.REP_ERR_SHUTDOWN,
                    "the volume is not served: this node is not Primary, or it is closing");
        } else {
            inform();
            reply(Nbd.REP_ACK, 0);
            return option == Nbd.OPT_GO ? Result.TRANSMISSION : Result.GOES_ON;
        }
        return Result.GOES_ON;
    }

    /** Whether the next bytes are our name or the empty one; takes them. */
    private boolean known(int nameBytes) {
        byte[] name = new byte[nameBytes];
        bytes.get(name);
        return nameBytes == 0
                || new String(name, StandardCharsets.UTF_8).equals(options.exportName());
    }

    private void inform() {
        reply(Nbd.REP_INFO, Short.BYTES + Long.BYTES + Short.BYTES)
                .putShort((short) Nbd.INFO_EXPORT)
                .putLong(volume.sizeBytes())
                .putShort((short) Nbd.transmissionFlags(structured));
        boolean name = false;
        boolean description = false;
        boolean blockSize = false;
        while (bytes.hasRemaining()) {
            int kind = bytes.getShort();
            name |= kind == Nbd.INFO_NAME;
            description |= kind == Nbd.INFO_DESCRIPTION;
            blockSize |= kind == Nbd.INFO_BLOCK_SIZE;
        }
        if (name) {
            inform(Nbd.INFO_NAME, options.exportName());
        }
        if (description) {
            inform(Nbd.INFO_DESCRIPTION, options.description());
        }
        if (blockSize) {
            reply(Nbd.REP_INFO, Short.BYTES + 3 * Integer.BYTES)
                    .putShort((short) Nbd.INFO_BLOCK_SIZE)
                    .putInt(volume.sectorBytes())
                    .putInt(Nbd.PREFERRED_BLOCK_BYTES)
                    .putInt(Nbd.MAX_PAYLOAD_BYTES);
        }
    }

    private void inform(int kind, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        reply(Nbd.REP_INFO, Short.BYTES + encoded.length).putShort((short) kind).put(encoded);
    }

    private void error(int type, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        reply(type, encoded.length).put(encoded);
    }

    /** A reply's header, and room for its data. */
    private ByteBuffer reply(int type, int dataBytes) {
        return outbound.header(Long.BYTES + 3 * Integer.BYTES + dataBytes)
                .putLong(Nbd.OPTION_REPLY_MAGIC)
                .putInt(option)
                .putInt(type)
                .putInt(dataBytes);
    }
}
