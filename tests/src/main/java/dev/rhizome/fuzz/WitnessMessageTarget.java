package dev.rhizome.fuzz;

import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessCodec;
import dev.rhizome.core.witness.WitnessFormatException;
import dev.rhizome.core.witness.WitnessRequest;
import java.nio.ByteBuffer;
import java.util.List;

/** What a node and its witness say to each other: requests and answers. */
final class WitnessMessageTarget implements Target {
    private static final int MAX_BYTES =
            WitnessCodec.HEADER_BYTES + WitnessCodec.MAX_ANSWER_BODY_BYTES;
    private static final int LENGTH_OFFSET = 6;

    @Override
    public String name() {
        return "witness-message";
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                bytes(WitnessRequest.grant("r0", -1, 2, 3)),
                bytes(WitnessRequest.release("r".repeat(63), 4, 5)),
                bytes(WitnessRequest.list("r0", "alpha")),
                bytes(WitnessAnswer.notUnderstood("it is too long")),
                bytes(WitnessAnswer.wholeList(WitnessLedgerTarget.some())));
    }

    private static byte[] bytes(WitnessRequest request) {
        return bytes(WitnessCodec.encode(request, ByteBuffer.allocate(MAX_BYTES)));
    }

    private static byte[] bytes(WitnessAnswer answer) {
        return bytes(WitnessCodec.encode(answer, ByteBuffer.allocate(MAX_BYTES)));
    }

    private static byte[] bytes(ByteBuffer frame) {
        byte[] bytes = new byte[frame.remaining()];
        frame.get(bytes);
        return bytes;
    }

    /** There are none, but a length that must fit. */
    @Override
    public void fixChecksums(byte[] input) {
        int bodyBytes = input.length - WitnessCodec.HEADER_BYTES;
        if (bodyBytes >= 0 && bodyBytes < 1 << 16) {
            ByteBuffer.wrap(input).putShort(LENGTH_OFFSET, (short) bodyBytes);
        }
    }

    @Override
    public boolean accepts(byte[] input) {
        boolean request = acceptsRequest(input);
        boolean answer = acceptsAnswer(input);
        Target.require(!request || !answer, "a request that is an answer");
        return request || answer;
    }

    private static boolean acceptsRequest(byte[] input) {
        try {
            WitnessRequest request = WitnessCodec.decodeRequest(ByteBuffer.wrap(input));
            Target.require(
                    request.equals(WitnessCodec.decodeRequest(ByteBuffer.wrap(bytes(request)))),
                    "what was read is written otherwise");
            return true;
        } catch (WitnessFormatException refused) {
            return false;
        }
    }

    private static boolean acceptsAnswer(byte[] input) {
        try {
            WitnessAnswer answer = WitnessCodec.decodeAnswer(ByteBuffer.wrap(input));
            Target.require(
                    answer.equals(WitnessCodec.decodeAnswer(ByteBuffer.wrap(bytes(answer)))),
                    "what was read is written otherwise");
            Target.require(!answer.toString().contains("\n"), "an answer of two lines");
            return true;
        } catch (WitnessFormatException refused) {
            return false;
        }
    }
}
