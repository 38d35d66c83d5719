package dev.rhizome.core.witness;

import dev.rhizome.core.witness.WitnessRequest.Kind;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The messages between a node and its witness, within TLS. Big-endian; names and holdings as in
 * {@link WitnessFields}:
 *
 * <pre>
 *  header    u32 magic "RhzW", u8 version (1), u8 kind, u16 bytes of the body
 *
 *  1 GRANT     name resource, u64 generation, u64 session, u64 ask
 *  2 RELEASE   name resource, u64 session, u64 ask
 *  3 LIST      name resource and name node behind which the list begins; both may be empty
 *
 *  128 READY     empty: the witness knows who is there, and listens
 *  129 DECISION  u8 verdict, u8 length + rule, name holder (may be empty),
 *                u64 since (ms of the Unix epoch, or 0), u16 length + reason
 *  130 LISTING   u8 more (0 or 1), u8 count (0 to 24), count * holding
 * </pre>
 *
 * The witness speaks first: READY, or the DECISION to refuse. So a node that is refused learns why,
 * and one that has not heard READY has not asked anything. Then the node asks one thing at a time;
 * each request has one answer. A body is neither shorter nor longer than what it holds.
 */
public final class WitnessCodec {
    /** The version that this code speaks, and the only one. */
    public static final int VERSION = 1;

    /** The size of a header. */
    public static final int HEADER_BYTES = 8;

    /** The most bytes in the body of a request. */
    public static final int MAX_REQUEST_BODY_BYTES = 128;

    /** The most holdings in one answer. */
    static final int MAX_LISTED = 24;

    /** The most bytes in the body of an answer. */
    public static final int MAX_ANSWER_BODY_BYTES =
            2 + MAX_LISTED * WitnessFields.MAX_HOLDING_BYTES;

    private static final int MAGIC = 0x52687A57;
    private static final int READY = 128;
    private static final int DECISION = 129;
    private static final int LISTING = 130;
    private static final int MAX_REASON_BYTES = 400;

    private WitnessCodec() {}

    /**
     * How many bytes the message at the buffer's position has.
     *
     * @param in some bytes, of which none is taken
     * @param maxBodyBytes the most that its body may have
     * @return header and body together; 0 if there is less than a header yet
     * @throws WitnessFormatException if no such message begins so
     */
    public static int frameBytes(ByteBuffer in, int maxBodyBytes) throws WitnessFormatException {
        if (in.remaining() < HEADER_BYTES) {
            return 0;
        }
        ByteBuffer header = in.duplicate().order(ByteOrder.BIG_ENDIAN);
        if (header.getInt() != MAGIC) {
            throw new WitnessFormatException("this is no message of a witness");
        }
        int version = header.get() & 0xFF;
        if (version != VERSION) {
            throw new WitnessFormatException(
                    "version "
                            + version
                            + " of the witness's protocol meets version "
                            + VERSION
                            + ": install the same release");
        }
        header.get();
        int bodyBytes = header.getShort() & 0xFFFF;
        if (bodyBytes > maxBodyBytes) {
            throw new WitnessFormatException("a message of " + bodyBytes + " bytes is too long");
        }
        return HEADER_BYTES + bodyBytes;
    }

    /** Whether messages can carry a name: 1 to 63 visible ASCII characters. */
    public static boolean usable(String name) {
        return !name.isEmpty() && WitnessFields.usable(name);
    }

    /** For whoever puts frames together: there is something behind a message. */
    public static WitnessFormatException moreThanOne() {
        return new WitnessFormatException("a message came before the answer to the last one");
    }

    /** Clears the buffer, fills it, and leaves it ready to be read. */
    public static ByteBuffer encode(WitnessRequest request, ByteBuffer target) {
        begin(target, request.kind().code());
        WitnessFields.putName(target, request.resource());
        switch (request.kind()) {
            case GRANT ->
                    target.putLong(request.generation())
                            .putLong(request.session())
                            .putLong(request.ask());
            case RELEASE -> target.putLong(request.session()).putLong(request.ask());
            case LIST -> WitnessFields.putName(target, request.node());
        }
        return end(target);
    }

    /** Clears the buffer, fills it, and leaves it ready to be read. */
    public static ByteBuffer encode(WitnessAnswer answer, ByteBuffer target) {
        if (answer.verdict() == Verdict.LISTED) {
            begin(target, LISTING);
            target.put((byte) (answer.more() ? 1 : 0)).put((byte) answer.holdings().size());
            answer.holdings().forEach(holding -> WitnessFields.putHolding(target, holding));
            return end(target);
        }
        begin(target, DECISION);
        target.put((byte) answer.verdict().code());
        WitnessFields.putName(target, answer.rule());
        WitnessFields.putName(target, answer.holder());
        byte[] reason =
                answer.reason().replaceAll("[^ -~]", "?").getBytes(StandardCharsets.US_ASCII);
        int length = Math.min(reason.length, MAX_REASON_BYTES);
        target.putLong(answer.sinceMs()).putShort((short) length).put(reason, 0, length);
        return end(target);
    }

    /** Clears the buffer, fills it with READY, and leaves it ready to be read. */
    public static ByteBuffer encodeReady(ByteBuffer target) {
        begin(target, READY);
        return end(target);
    }

    /** Whether a whole frame is READY. */
    public static boolean isReady(ByteBuffer frame) {
        return frame.remaining() == HEADER_BYTES && kind(frame) == READY;
    }

    private static void begin(ByteBuffer target, int kind) {
        target.clear().order(ByteOrder.BIG_ENDIAN);
        target.putInt(MAGIC).put((byte) VERSION).put((byte) kind).putShort((short) 0);
    }

    private static ByteBuffer end(ByteBuffer target) {
        target.putShort(HEADER_BYTES - 2, (short) (target.position() - HEADER_BYTES));
        return target.flip();
    }

    /**
     * The request in a whole frame.
     *
     * @throws WitnessFormatException if there is none
     */
    public static WitnessRequest decodeRequest(ByteBuffer frame) throws WitnessFormatException {
        ByteBuffer in = body(frame, MAX_REQUEST_BODY_BYTES);
        try {
            return request(in, kind(frame));
        } catch (BufferUnderflowException e) {
            throw new WitnessFormatException("a request is too short");
        }
    }

    private static WitnessRequest request(ByteBuffer in, int kind) throws WitnessFormatException {
        WitnessRequest request;
        if (kind == Kind.GRANT.code()) {
            request =
                    WitnessRequest.grant(
                            WitnessFields.name(in, "resource"),
                            in.getLong(),
                            in.getLong(),
                            in.getLong());
        } else if (kind == Kind.RELEASE.code()) {
            request =
                    WitnessRequest.release(
                            WitnessFields.name(in, "resource"), in.getLong(), in.getLong());
        } else if (kind == Kind.LIST.code()) {
            request =
                    WitnessRequest.list(
                            WitnessFields.nameOrNone(in, "resource"),
                            WitnessFields.nameOrNone(in, "node"));
        } else {
            throw new WitnessFormatException("a request of the unknown kind " + kind);
        }
        requireEnd(in);
        return request;
    }

    /**
     * The answer in a whole frame.
     *
     * @throws WitnessFormatException if there is none
     */
    public static WitnessAnswer decodeAnswer(ByteBuffer frame) throws WitnessFormatException {
        ByteBuffer in = body(frame, MAX_ANSWER_BODY_BYTES);
        int kind = kind(frame);
        try {
            WitnessAnswer answer;
            if (kind == DECISION) {
                answer = decision(in);
            } else if (kind == LISTING) {
                answer = listing(in);
            } else {
                throw new WitnessFormatException("an answer of the unknown kind " + kind);
            }
            requireEnd(in);
            return answer;
        } catch (BufferUnderflowException e) {
            throw new WitnessFormatException("an answer is too short");
        }
    }

    private static WitnessAnswer decision(ByteBuffer in) throws WitnessFormatException {
        int code = in.get() & 0xFF;
        Verdict verdict = Verdict.ofDecision(code);
        if (verdict == null) {
            throw new WitnessFormatException("an answer with the unknown verdict " + code);
        }
        String rule = WitnessFields.nameOrNone(in, "rule");
        String holder = WitnessFields.nameOrNone(in, "holder");
        long sinceMs = in.getLong();
        int length = in.getShort() & 0xFFFF;
        if (length > MAX_REASON_BYTES) {
            throw new WitnessFormatException("an answer with too long a reason");
        }
        String reason = WitnessFields.text(in, length);
        if (reason.indexOf(0) >= 0) {
            throw new WitnessFormatException("an answer whose reason is not visible ASCII");
        }
        return new WitnessAnswer(verdict, rule, holder, sinceMs, reason, List.of(), false);
    }

    private static WitnessAnswer listing(ByteBuffer in) throws WitnessFormatException {
        int more = in.get() & 0xFF;
        int count = in.get() & 0xFF;
        if (more > 1 || count > MAX_LISTED || (more == 1 && count == 0)) {
            throw new WitnessFormatException("a list of " + count + " holdings");
        }
        List<Holding> holdings = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            holdings.add(WitnessFields.holding(in));
        }
        if (!WitnessFields.inOrder(holdings)) {
            throw new WitnessFormatException("a list that is not in order");
        }
        return WitnessAnswer.listed(holdings, more == 1);
    }

    private static ByteBuffer body(ByteBuffer frame, int maxBodyBytes)
            throws WitnessFormatException {
        if (frameBytes(frame, maxBodyBytes) != frame.remaining() || !frame.hasRemaining()) {
            throw new WitnessFormatException("a message that is not whole");
        }
        ByteBuffer in = frame.duplicate().order(ByteOrder.BIG_ENDIAN);
        return in.position(in.position() + HEADER_BYTES);
    }

    private static int kind(ByteBuffer frame) {
        return frame.get(frame.position() + Integer.BYTES + 1) & 0xFF;
    }

    private static void requireEnd(ByteBuffer in) throws WitnessFormatException {
        if (in.hasRemaining()) {
            throw new WitnessFormatException("a message is longer than what it holds");
        }
    }
}
