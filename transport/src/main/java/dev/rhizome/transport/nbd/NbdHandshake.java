package dev.rhizome.transport.nbd;

import dev.rhizome.core.request.Volume;
import dev.rhizome.transport.OutboundBatch;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Option haggling of one connection, until it reaches transmission or ends. */
final class NbdHandshake {
    private static final int CLIENT_FLAGS_BYTES = 4;

    /** Room for the longest name and a few queries. */
    private static final int MAX_OPTION_BYTES = 16 * 1024;

    /** Beyond this an option is not even skipped. */
    private static final int MAX_SKIPPED_BYTES = 1 << 20;

    enum Result {
        /** More bytes are needed. */
        GOES_ON,
        /** What follows are requests. */
        TRANSMISSION,
        /** What follows is TLS. */
        START_TLS,
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

    private final OutboundBatch outbound;
    private final NbdOptionReplies replies;
    private final NbdExportOptions exports;
    private final NbdMetaContexts contexts;
    private NbdSecurity security;
    private ByteBuffer bytes = ByteBuffer.allocate(Nbd.OPTION_HEADER_BYTES);
    private Part part = Part.FLAGS;
    private boolean fixed;
    private boolean noZeroes;
    private boolean structured;
    private int option;
    private int skip;
    private @Nullable String problem;

    NbdHandshake(
            NbdServerOptions options, Volume volume, NbdSecurity security, OutboundBatch outbound) {
        this.security = security;
        this.outbound = outbound;
        replies = new NbdOptionReplies(outbound);
        exports = new NbdExportOptions(options, volume, replies);
        contexts = new NbdMetaContexts(exports, replies);
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

    /** What the client has negotiated so far. */
    NbdFeatures features() {
        return new NbdFeatures(structured, contexts.selected());
    }

    String problem() {
        return problem == null ? "" : problem;
    }

    /** The bytes that follow come through TLS: nothing that came before counts. */
    void onEncrypted() {
        security = NbdSecurity.TLS;
        structured = false;
        contexts.reset();
    }

    /** Takes bytes up to the end of the buffer, of the handshake or of what is not encrypted. */
    Result consume(ByteBuf in) {
        while (true) {
            if (part == Part.SKIP) {
                int lengthBytes = Math.min(skip, in.readableBytes());
                in.skipBytes(lengthBytes);
                skip -= lengthBytes;
                if (skip > 0) {
                    return Result.GOES_ON;
                }
                onSkipped();
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
        if (lengthBytes > bytes.capacity()) {
            bytes = ByteBuffer.allocate(lengthBytes);
        }
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
            return broken("client set flags that are not known");
        }
        fixed = (flags & Nbd.FLAG_FIXED_NEWSTYLE) != 0;
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
            return broken("client sent an option with too much data");
        }
        if (option == Nbd.OPT_EXPORT_NAME) {
            if (security == NbdSecurity.TLS_REQUIRED) {
                return broken("client asked for an export without TLS");
            }
            if (lengthBytes > Nbd.MAX_STRING_BYTES) {
                return broken("export name too long");
            }
        } else if (!fixed) {
            return broken("client sent an option and does not speak fixed newstyle");
        }
        replies.to(option);
        if (lengthBytes > MAX_OPTION_BYTES) {
            skip = lengthBytes;
            part = Part.SKIP;
            return Result.GOES_ON;
        }
        expect(Part.DATA, lengthBytes);
        return lengthBytes == 0 ? onOption() : Result.GOES_ON;
    }

    /** An option whose data nobody has read. */
    private void onSkipped() {
        if (security == NbdSecurity.TLS_REQUIRED) {
            requireTls();
        } else {
            replies.error(Nbd.REP_ERR_TOO_BIG, "the option's data is too long");
        }
        expect(Part.HEADER, Nbd.OPTION_HEADER_BYTES);
    }

    private Result onOption() {
        ByteBuffer data = bytes;
        Result result = Result.GOES_ON;
        boolean refused =
                security == NbdSecurity.TLS_REQUIRED
                        && option != Nbd.OPT_STARTTLS
                        && option != Nbd.OPT_ABORT;
        if (refused) {
            requireTls();
        } else {
            result = answer(data);
        }
        expect(Part.HEADER, Nbd.OPTION_HEADER_BYTES);
        return result;
    }

    private void requireTls() {
        replies.error(Nbd.REP_ERR_TLS_REQD, "this server requires TLS: begin with STARTTLS");
    }

    private Result answer(ByteBuffer data) {
        Result result = Result.GOES_ON;
        switch (option) {
            case Nbd.OPT_EXPORT_NAME -> {
                problem = exports.choose(data, structured, !noZeroes);
                result = problem == null ? Result.TRANSMISSION : Result.BROKEN;
            }
            case Nbd.OPT_ABORT -> {
                replies.done();
                result = Result.ABORTED;
            }
            case Nbd.OPT_LIST -> exports.list(data);
            case Nbd.OPT_STARTTLS -> result = startTls(data);
            case Nbd.OPT_INFO -> exports.inform(data, structured);
            case Nbd.OPT_GO -> {
                if (exports.inform(data, structured)) {
                    result = Result.TRANSMISSION;
                }
            }
            case Nbd.OPT_STRUCTURED_REPLY -> structureReplies(data);
            case Nbd.OPT_LIST_META_CONTEXT -> contexts.list(data, structured);
            case Nbd.OPT_SET_META_CONTEXT -> contexts.select(data, structured);
            default -> replies.error(Nbd.REP_ERR_UNSUP, "option not supported");
        }
        return result;
    }

    private void structureReplies(ByteBuffer data) {
        if (data.hasRemaining()) {
            replies.error(Nbd.REP_ERR_INVALID, "structured replies take no data");
            return;
        }
        structured = true;
        replies.done();
    }

    private Result startTls(ByteBuffer data) {
        if (security == NbdSecurity.LOCAL) {
            replies.error(Nbd.REP_ERR_POLICY, "no TLS on a unix socket");
        } else if (security == NbdSecurity.TLS) {
            replies.error(Nbd.REP_ERR_INVALID, "this connection has TLS already");
        } else if (data.hasRemaining()) {
            replies.error(Nbd.REP_ERR_INVALID, "STARTTLS takes no data");
        } else {
            replies.done();
            return Result.START_TLS;
        }
        return Result.GOES_ON;
    }
}
