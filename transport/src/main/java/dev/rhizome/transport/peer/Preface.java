package dev.rhizome.transport.peer;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What two nodes say inside TLS before frames flow. Big-endian:
 *
 * <pre>
 *  0        4         6      7          8            10
 *  +--------+---------+------+----------+------------+------
 *  | "RZPF" | version | kind | reserved | body bytes | body
 *  | u32    | u16     | u8   | u8 = 0   | u16        |
 *  +--------+---------+------+----------+------------+------
 *
 *  HELLO    u8 length, node name; u8 length, resource name; u8 what it takes (may be missing: 0)
 *  INVITE   u64 id that the link will have
 *  OFFER    u64 id of the link that the sender has up, 0 for none
 *  ACCEPT   -
 *  CONFIRM  -
 *  REFUSE   why, UTF-8
 * </pre>
 *
 * The accepting side of the connection says HELLO first, then the other. One of the two nodes, the
 * coordinator, decides which connection becomes the link: {@link Settlement} has the rules. Either
 * side may REFUSE at any time instead, waits for the other to close, and closes.
 */
final class Preface {
    /** The link protocol that this version speaks. */
    static final int VERSION = 1;

    /** In a HELLO: the sender takes compressed frames. */
    private static final int TAKES_COMPRESSED = 1;

    static final int HEADER_BYTES = 10;
    static final int MAX_BODY_BYTES = 512;
    private static final int MAGIC = 0x525A5046;

    enum Kind {
        HELLO,
        INVITE,
        OFFER,
        ACCEPT,
        CONFIRM,
        REFUSE;

        private static final Kind[] ALL = values();

        static @Nullable Kind ofCode(int code) {
            return code >= 1 && code <= ALL.length ? ALL[code - 1] : null;
        }
    }

    private final ByteBuffer bytes = ByteBuffer.allocate(HEADER_BYTES + MAX_BODY_BYTES);
    private Kind kind = Kind.HELLO;
    private long id;
    private String node = "";
    private String resource = "";
    private boolean takesCompressed;
    private String text = "";
    private @Nullable String problem;

    Preface() {
        restart();
    }

    private void restart() {
        bytes.clear().limit(HEADER_BYTES);
    }

    /**
     * Takes bytes until one message is complete.
     *
     * @return whether it is; the accessors then tell what it says, or {@link #problem} what is
     *     wrong
     */
    boolean read(ByteBuf in) {
        while (bytes.hasRemaining() && in.isReadable()) {
            int limit = bytes.limit();
            bytes.limit(Math.min(limit, bytes.position() + in.readableBytes()));
            in.readBytes(bytes);
            bytes.limit(limit);
            if (!bytes.hasRemaining() && limit == HEADER_BYTES && bodyAnnounced()) {
                return true;
            }
        }
        if (bytes.hasRemaining()) {
            return false;
        }
        bytes.flip().position(HEADER_BYTES);
        problem = parse();
        restart();
        return true;
    }

    /** Checks the header; true if it is bad. */
    private boolean bodyAnnounced() {
        int version = bytes.getShort(4) & 0xFFFF;
        Kind known = Kind.ofCode(bytes.get(6));
        int bodyBytes = bytes.getShort(8) & 0xFFFF;
        if (bytes.getInt(0) != MAGIC || bytes.get(7) != 0 || bodyBytes > MAX_BODY_BYTES) {
            problem = "peer does not speak the link protocol";
        } else if (version != VERSION && known != Kind.REFUSE) {
            problem =
                    "link protocol "
                            + version
                            + " meets "
                            + VERSION
                            + ": run the same version on both nodes";
        } else if (known == null) {
            problem = "peer sent an unknown preface message";
        } else {
            kind = known;
            bytes.limit(HEADER_BYTES + bodyBytes);
            return false;
        }
        return true;
    }

    private @Nullable String parse() {
        switch (kind) {
            case HELLO -> {
                String first = name();
                String second = first == null ? null : name();
                if (first == null || second == null) {
                    return "peer sent a damaged hello";
                }
                node = first;
                resource = second;
                // More bits are a later release's business, and so is what they mean.
                takesCompressed = bytes.hasRemaining() && (bytes.get() & TAKES_COMPRESSED) != 0;
            }
            case INVITE, OFFER -> {
                if (bytes.remaining() != Long.BYTES) {
                    return "peer sent a damaged preface message";
                }
                id = bytes.getLong();
            }
            case REFUSE -> text = printable(StandardCharsets.UTF_8.decode(bytes).toString());
            case ACCEPT, CONFIRM -> {
                // Nothing more to say.
            }
        }
        return bytes.hasRemaining() ? "peer sent a preface message that is too long" : null;
    }

    private @Nullable String name() {
        if (!bytes.hasRemaining()) {
            return null;
        }
        int length = bytes.get() & 0xFF;
        if (length > bytes.remaining()) {
            return null;
        }
        byte[] name = new byte[length];
        bytes.get(name);
        return printable(new String(name, StandardCharsets.UTF_8));
    }

    /** The peer's text goes to logs and terminals. */
    private static String printable(String untrusted) {
        return untrusted.replaceAll("[^\\p{Graph} ]", "?");
    }

    @Nullable String problem() {
        return problem;
    }

    Kind kind() {
        return kind;
    }

    long id() {
        return id;
    }

    String node() {
        return node;
    }

    String resource() {
        return resource;
    }

    /** HELLO: whether the peer takes compressed frames. */
    boolean takesCompressed() {
        return takesCompressed;
    }

    String text() {
        return text;
    }

    static void writeHello(ByteBuf out, String node, String resource, boolean compressed) {
        byte[] first = node.getBytes(StandardCharsets.UTF_8);
        byte[] second = resource.getBytes(StandardCharsets.UTF_8);
        header(out, Kind.HELLO, 3 + first.length + second.length);
        out.writeByte(first.length).writeBytes(first).writeByte(second.length).writeBytes(second);
        out.writeByte(compressed ? TAKES_COMPRESSED : 0);
    }

    static void writeId(ByteBuf out, Kind kind, long id) {
        header(out, kind, Long.BYTES);
        out.writeLong(id);
    }

    static void writeEmpty(ByteBuf out, Kind kind) {
        header(out, kind, 0);
    }

    static void writeRefuse(ByteBuf out, String reason) {
        byte[] why = reason.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(why.length, MAX_BODY_BYTES);
        header(out, Kind.REFUSE, length);
        out.writeBytes(why, 0, length);
    }

    private static void header(ByteBuf out, Kind kind, int bodyBytes) {
        out.writeInt(MAGIC).writeShort(VERSION).writeByte(kind.ordinal() + 1).writeByte(0);
        out.writeShort(bodyBytes);
    }
}
