package dev.rhizome.core.wire;

import dev.rhizome.core.Limits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The fixed header of every frame on the peer link, as a reusable object: decoding and encoding
 * allocate nothing. Big-endian:
 *
 * <pre>
 *  0        2     3     4          8                16               24               32              40
 *  +--------+-----+-----+----------+----------------+----------------+----------------+---------------+
 *  | magic  |type |flags| body     | id             | offset         | length         | argument      |
 *  | "RZ"   | u8  | u8  | bytes u32| u64            | bytes u64      | bytes u64      | u64           |
 *  +--------+-----+-----+----------+----------------+----------------+----------------+---------------+
 * </pre>
 *
 * The body follows at once. {@code id} names the request that a reply answers; {@code argument} is
 * the frame's own (a status code in replies, a sequence number elsewhere).
 */
public final class FrameHeader {
    /** The header's size. */
    public static final int BYTES = 40;

    /** The first two bytes of every frame: "RZ". */
    public static final short MAGIC = 0x525A;

    /** Durable before the acknowledgement. */
    public static final int FLAG_FUA = 1;

    /**
     * The body is one LZ4 block that becomes as many bytes as the range is long. Only the two ends
     * of a link see it: the engine is given what it stands for.
     */
    public static final int FLAG_COMPRESSED = 2;

    private static final int KNOWN_FLAGS = FLAG_FUA | FLAG_COMPRESSED;

    private FrameType type = FrameType.PING;
    private int flags;
    private int bodyBytes;
    private long id;
    private long offsetBytes;
    private long lengthBytes;
    private long argument;

    /** Fills the header for a frame without a range. */
    public FrameHeader set(FrameType type, long id, long argument) {
        return set(type, 0, 0, id, 0, 0, argument);
    }

    /** Fills the whole header. */
    public FrameHeader set(
            FrameType type,
            int flags,
            int bodyBytes,
            long id,
            long offsetBytes,
            long lengthBytes,
            long argument) {
        this.type = type;
        this.flags = flags;
        this.bodyBytes = bodyBytes;
        this.id = id;
        this.offsetBytes = offsetBytes;
        this.lengthBytes = lengthBytes;
        this.argument = argument;
        return this;
    }

    /** Copies all fields of another header. */
    public FrameHeader copyFrom(FrameHeader other) {
        return set(
                other.type,
                other.flags,
                other.bodyBytes,
                other.id,
                other.offsetBytes,
                other.lengthBytes,
                other.argument);
    }

    /** Writes {@link #BYTES} bytes at the buffer's position. The buffer must be big-endian. */
    public void encode(ByteBuffer target) {
        checkOrder(target);
        target.putShort(MAGIC)
                .put((byte) type.code())
                .put((byte) flags)
                .putInt(bodyBytes)
                .putLong(id)
                .putLong(offsetBytes)
                .putLong(lengthBytes)
                .putLong(argument);
    }

    /**
     * Reads {@link #BYTES} bytes at the buffer's position and checks all that can be checked
     * without knowing the volume (INV-16).
     *
     * @param source at least {@link #BYTES} remaining, big-endian
     * @return null if the header is good, else what is wrong with it; the fields are then undefined
     */
    public @Nullable String decode(ByteBuffer source) {
        checkOrder(source);
        short magic = source.getShort();
        int code = source.get() & 0xFF;
        flags = source.get() & 0xFF;
        bodyBytes = source.getInt();
        id = source.getLong();
        offsetBytes = source.getLong();
        lengthBytes = source.getLong();
        argument = source.getLong();
        if (magic != MAGIC) {
            return "frame does not start with the magic 'RZ'";
        }
        FrameType decoded = FrameType.ofCode(code);
        if (decoded == null) {
            return "unknown frame type";
        }
        type = decoded;
        if ((flags & ~KNOWN_FLAGS) != 0) {
            return "unknown frame flags";
        }
        if (offsetBytes < 0
                || lengthBytes < 0
                || offsetBytes > Limits.MAX_VOLUME_BYTES
                || lengthBytes > Limits.MAX_VOLUME_BYTES) {
            return "range beyond the largest volume";
        }
        return bodyProblem();
    }

    private @Nullable String bodyProblem() {
        if (compressed()) {
            return compressedFits() ? null : "compressed body that cannot be one";
        }
        return switch (type.body()) {
            case NONE -> bodyBytes == 0 ? null : "body on a frame that has none";
            case CONTROL ->
                    bodyBytes >= 0 && bodyBytes <= Limits.MAX_CONTROL_BODY_BYTES
                            ? null
                            : "control body too long";
            case PAYLOAD -> payloadFits() ? null : "payload does not fit its range or the limit";
            case PAYLOAD_OR_NONE ->
                    bodyBytes == 0 || payloadFits()
                            ? null
                            : "payload does not fit its range or the limit";
        };
    }

    private boolean payloadFits() {
        return bodyBytes > 0 && bodyBytes <= Limits.MAX_REQUEST_BYTES && bodyBytes == lengthBytes;
    }

    /** It is shorter than what it stands for, which is as long as the range: nothing else pays. */
    private boolean compressedFits() {
        boolean data =
                type.body() == FrameType.Body.PAYLOAD
                        || type.body() == FrameType.Body.PAYLOAD_OR_NONE;
        return data
                && lengthBytes <= Limits.MAX_REQUEST_BYTES
                && bodyBytes > 0
                && bodyBytes < lengthBytes;
    }

    private static void checkOrder(ByteBuffer buffer) {
        if (buffer.order() != ByteOrder.BIG_ENDIAN) {
            throw new IllegalArgumentException("frames are big-endian");
        }
    }

    /** The frame's type. */
    public FrameType type() {
        return type;
    }

    /** The flags: {@link #FLAG_FUA}, {@link #FLAG_COMPRESSED}. */
    public int flags() {
        return flags;
    }

    /** Whether the FUA flag is set. */
    public boolean fua() {
        return (flags & FLAG_FUA) != 0;
    }

    /** Whether the body is compressed. */
    public boolean compressed() {
        return (flags & FLAG_COMPRESSED) != 0;
    }

    /**
     * Says that the body is a compressed one.
     *
     * @param compressedBytes how long that is
     */
    public FrameHeader compress(int compressedBytes) {
        flags |= FLAG_COMPRESSED;
        bodyBytes = compressedBytes;
        return this;
    }

    /** Says that the body is as long as the range again. */
    public FrameHeader decompress() {
        flags &= ~FLAG_COMPRESSED;
        bodyBytes = (int) lengthBytes;
        return this;
    }

    /** The bytes that follow the header. */
    public int bodyBytes() {
        return bodyBytes;
    }

    /** Whether the body is volume data, to be received into a {@link dev.rhizome.core.Payload}. */
    public boolean carriesPayload() {
        return bodyBytes > 0 && type.body() != FrameType.Body.CONTROL;
    }

    /** The request's id, chosen by the asking side. */
    public long id() {
        return id;
    }

    /** Where the range begins, in bytes. */
    public long offsetBytes() {
        return offsetBytes;
    }

    /** How long the range is, in bytes. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** The frame's own argument. */
    public long argument() {
        return argument;
    }

    @Override
    public String toString() {
        return type
                + " id="
                + id
                + " range="
                + offsetBytes
                + "+"
                + lengthBytes
                + " flags="
                + flags
                + " argument="
                + argument
                + " body="
                + bodyBytes;
    }
}
