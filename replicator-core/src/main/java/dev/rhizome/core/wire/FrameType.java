package dev.rhizome.core.wire;

import org.jspecify.annotations.Nullable;

/**
 * The messages of the peer protocol. {@code docs/protocol.md} says what each carries; the body rule
 * here is what the decoder enforces before it believes a length.
 */
public enum FrameType {
    /** First frame in both directions: who I am and what I remember. */
    HELLO(1, Body.CONTROL),
    /** My role, disk state or generation has changed. */
    STATE(2, Body.CONTROL),
    /** Are you there? */
    PING(3, Body.NONE),
    /** I am here; answers PING. */
    PONG(4, Body.NONE),
    /** I want to become Primary. */
    PROMOTE_REQUEST(5, Body.NONE),
    /** You may, or may not; the status says why. */
    PROMOTE_REPLY(6, Body.CONTROL),
    /** I go on purpose; the text says why. */
    GOODBYE(7, Body.CONTROL),
    /** What my configuration says of the resource. */
    OPTIONS(8, Body.CONTROL),

    /** Write this data. */
    WRITE(16, Body.PAYLOAD),
    /** Trim this range. */
    TRIM(17, Body.NONE),
    /** Make this range read as zeroes. */
    ZERO(18, Body.NONE),
    /** The write, trim or zero has ended on my disk; the status says how. */
    WRITE_ACK(19, Body.NONE),
    /** Make durable all that you have acknowledged. */
    FLUSH(20, Body.NONE),
    /** The flush has ended. */
    FLUSH_ACK(21, Body.NONE),
    /** Read this range for me: my own disk cannot. */
    READ(22, Body.NONE),
    /** The data of a READ, or none and a status. */
    READ_REPLY(23, Body.PAYLOAD_OR_NONE),

    /** I am your source: become Inconsistent, durably, and take my blocks. */
    SYNC_START(32, Body.CONTROL),
    /** I am Inconsistent, durably: send. */
    SYNC_READY(33, Body.NONE),
    /** One range of the source's data. */
    SYNC_WRITE(34, Body.PAYLOAD),
    /** This range of the source is all zeroes. */
    SYNC_ZERO(35, Body.NONE),
    /** The range has been written. */
    SYNC_ACK(36, Body.NONE),
    /** That was all: make it durable and take over my generation. */
    SYNC_FINISH(37, Body.CONTROL),
    /** I am UpToDate, durably. */
    SYNC_DONE(38, Body.NONE),
    /** Tell me which blocks you know to differ, from this one on. */
    SYNC_BITMAP_REQUEST(39, Body.NONE),
    /** A part of my bitmap. */
    SYNC_BITMAP(40, Body.CONTROL),
    /** What you know to differ is on record here, durably: forget it. Blocks follow. */
    SYNC_RECORDED(41, Body.NONE),
    /** Compare these digests of a range of the source with your own blocks. */
    SYNC_CHECK(42, Body.CONTROL),
    /** Which blocks of the range differ. */
    SYNC_CHECKED(43, Body.NONE),
    /** Online verify: compare these digests of a range of mine with your own blocks. */
    VERIFY_CHECK(48, Body.CONTROL),
    /** Which blocks of the range differ. */
    VERIFY_RESULT(49, Body.NONE),

    /** What limits the resync, and the rate that the source allows. */
    SYNC_LIMIT(50, Body.NONE),
    /** An operator of mine has paused resyncs, or not any more. */
    SYNC_PAUSE(51, Body.NONE),
    /** An operator wants a node's data copied anew: are you ready? */
    COPY_REQUEST(52, Body.NONE),
    /** I am, or am not; the text says why. */
    COPY_REPLY(53, Body.CONTROL),
    /** Two blank disks count as the same: take this generation. Or: I have it, durably. */
    NEW_GENERATION(54, Body.NONE),

    /** Take this step towards a larger volume. */
    RESIZE(56, Body.NONE),
    /** The step is done, or why it cannot be. */
    RESIZE_REPLY(57, Body.CONTROL);

    /** Which bodies a frame may have. */
    public enum Body {
        /** None. */
        NONE,
        /** Up to {@link dev.rhizome.core.Limits#MAX_CONTROL_BODY_BYTES} of text or fields. */
        CONTROL,
        /**
         * Volume data: exactly as long as the range, at most {@link
         * dev.rhizome.core.Limits#MAX_REQUEST_BYTES}.
         */
        PAYLOAD,
        /** Volume data as for PAYLOAD, or no body at all. */
        PAYLOAD_OR_NONE
    }

    private static final FrameType[] BY_CODE = new FrameType[64];

    static {
        for (FrameType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;
    private final Body body;

    FrameType(int code, Body body) {
        this.code = code;
        this.body = body;
    }

    /** The byte on the wire. */
    public int code() {
        return code;
    }

    /** The bodies that it may have. */
    public Body body() {
        return body;
    }

    /** The type of a byte on the wire, or null if this version knows no such frame. */
    public static @Nullable FrameType ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
