package dev.rhizome.core.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class WitnessCodecTest {
    private static final Holding HOLDING =
            new Holding("r0", "alpha", 0x0102, 7, 8, List.of(0x11L, 0x22L), false);
    private static final List<WitnessRequest> REQUESTS =
            List.of(
                    WitnessRequest.grant("r0", 0x1122334455667788L, 0xAABB, 3),
                    WitnessRequest.release("r0", -1, 4),
                    WitnessRequest.list("", ""),
                    WitnessRequest.list("r".repeat(63), "n".repeat(63)));
    private static final List<WitnessAnswer> ANSWERS =
            List.of(
                    WitnessAnswer.decided(WitnessRule.HELD, "beta", 0x1234),
                    WitnessAnswer.of(WitnessRule.NOT_HOLDER),
                    WitnessAnswer.notUnderstood("no"),
                    WitnessAnswer.listed(List.of(), false),
                    WitnessAnswer.listed(List.of(HOLDING), true));

    private final ByteBuffer buffer =
            ByteBuffer.allocate(WitnessCodec.HEADER_BYTES + WitnessCodec.MAX_ANSWER_BODY_BYTES);

    private String hex(ByteBuffer encoded) {
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void goldenBytesOfRequests() {
        assertThat(hex(WitnessCodec.encode(REQUESTS.get(0), buffer)))
                .isEqualTo(
                        "52687a57"
                                + "01"
                                + "01"
                                + "001b"
                                + "027230"
                                + "1122334455667788"
                                + "000000000000aabb"
                                + "0000000000000003");
        assertThat(hex(WitnessCodec.encode(REQUESTS.get(1), buffer)))
                .isEqualTo(
                        "52687a57"
                                + "01"
                                + "02"
                                + "0013"
                                + "027230"
                                + "ffffffffffffffff"
                                + "0000000000000004");
        assertThat(hex(WitnessCodec.encode(REQUESTS.get(2), buffer)))
                .isEqualTo("52687a57" + "01" + "03" + "0002" + "0000");
    }

    @Test
    void goldenBytesOfAnswers() {
        WitnessAnswer held =
                new WitnessAnswer(Verdict.HELD, "held", "beta", 0x1234, "no", List.of(), false);
        assertThat(hex(WitnessCodec.encode(held, buffer)))
                .isEqualTo(
                        "52687a57"
                                + "01"
                                + "81"
                                + "0017"
                                + "02"
                                + "0468656c64"
                                + "0462657461"
                                + "0000000000001234"
                                + "0002"
                                + "6e6f");
        assertThat(hex(WitnessCodec.encode(ANSWERS.get(4), buffer)))
                .isEqualTo(
                        "52687a57"
                                + "01"
                                + "82"
                                + "0035"
                                + "01"
                                + "01"
                                + "027230"
                                + "05616c706861"
                                + "0000000000000102"
                                + "0000000000000007"
                                + "0000000000000008"
                                + "00"
                                + "02"
                                + "0000000000000011"
                                + "0000000000000022");
    }

    @Test
    void theFirstWordIsReady() {
        ByteBuffer ready = WitnessCodec.encodeReady(buffer);
        assertThat(WitnessCodec.isReady(ready)).isTrue();
        assertThat(hex(ready)).isEqualTo("52687a57" + "01" + "80" + "0000");
        assertThat(WitnessCodec.isReady(WitnessCodec.encode(REQUESTS.get(0), buffer))).isFalse();
        assertThat(WitnessCodec.isReady(WitnessCodec.encode(ANSWERS.get(0), buffer))).isFalse();
    }

    @Test
    void comesBack() throws Exception {
        for (WitnessRequest request : REQUESTS) {
            ByteBuffer frame = WitnessCodec.encode(request, buffer);
            assertThat(frame.remaining() - WitnessCodec.HEADER_BYTES)
                    .isLessThanOrEqualTo(WitnessCodec.MAX_REQUEST_BODY_BYTES);
            assertThat(WitnessCodec.decodeRequest(frame)).isEqualTo(request);
        }
        for (WitnessAnswer answer : ANSWERS) {
            assertThat(WitnessCodec.decodeAnswer(WitnessCodec.encode(answer, buffer)))
                    .isEqualTo(answer);
        }
    }

    @Test
    void everyRuleFitsAndComesBack() throws Exception {
        for (WitnessRule rule : WitnessRule.values()) {
            WitnessAnswer answer = WitnessAnswer.decided(rule, "n", 1);
            assertThat(WitnessCodec.decodeAnswer(WitnessCodec.encode(answer, buffer)))
                    .isEqualTo(answer);
        }
    }

    @Test
    void theLargestListFits() throws Exception {
        List<Long> generations = new java.util.ArrayList<>();
        for (long i = 0; i < Holding.MAX_GENERATIONS; i++) {
            generations.add(i);
        }
        List<Holding> holdings = new java.util.ArrayList<>();
        for (int i = 0; i < WitnessCodec.MAX_LISTED; i++) {
            String resource = (char) ('a' + i) + "r".repeat(62);
            holdings.add(new Holding(resource, "n".repeat(63), 1, 2, 3, generations, true));
        }
        WitnessAnswer answer = WitnessAnswer.listed(holdings, true);
        assertThat(WitnessCodec.decodeAnswer(WitnessCodec.encode(answer, buffer)))
                .isEqualTo(answer);
        assertThat(WitnessCodec.MAX_ANSWER_BODY_BYTES).isLessThan(1 << 16);
    }

    @Test
    void nothingShorterOrLongerIsTaken() throws Exception {
        for (WitnessRequest request : REQUESTS) {
            ByteBuffer whole = WitnessCodec.encode(request, buffer);
            for (int length = 0; length < whole.limit(); length++) {
                ByteBuffer part = whole.duplicate().limit(length);
                assertThatThrownBy(() -> WitnessCodec.decodeRequest(part))
                        .isInstanceOf(WitnessFormatException.class);
                // A body that says it is shorter than its fields.
                if (length >= WitnessCodec.HEADER_BYTES) {
                    short before = whole.getShort(6);
                    whole.putShort(6, (short) (length - WitnessCodec.HEADER_BYTES));
                    assertThatThrownBy(() -> WitnessCodec.decodeRequest(part))
                            .isInstanceOf(WitnessFormatException.class);
                    whole.putShort(6, before);
                }
            }
            ByteBuffer longer = whole.duplicate().limit(whole.limit() + 1);
            longer.putShort(6, (short) (longer.limit() - WitnessCodec.HEADER_BYTES));
            assertThatThrownBy(() -> WitnessCodec.decodeRequest(longer))
                    .isInstanceOf(WitnessFormatException.class);
        }
    }

    @Test
    void aFrameIsSeenByItsHeader() throws Exception {
        ByteBuffer whole = WitnessCodec.encode(REQUESTS.get(0), buffer);
        int limit = whole.limit();
        for (int length = 0; length <= limit; length++) {
            whole.limit(length);
            int expected = length < WitnessCodec.HEADER_BYTES ? 0 : limit;
            assertThat(WitnessCodec.frameBytes(whole, 128)).isEqualTo(expected);
        }
        assertThatThrownBy(() -> WitnessCodec.frameBytes(whole, 26)).hasMessageContaining("long");
        whole.put(4, (byte) 2);
        assertThatThrownBy(() -> WitnessCodec.frameBytes(whole, 128))
                .hasMessageContaining("version 2");
        whole.put(0, (byte) 0);
        assertThatThrownBy(() -> WitnessCodec.frameBytes(whole, 128))
                .hasMessageContaining("no message of a witness");
    }

    @Test
    void whatIsNotOnTheWireIsRefused() {
        ByteBuffer answer = WitnessCodec.encode(ANSWERS.get(1), buffer);
        for (int code = 0; code < 256; code++) {
            answer.put(WitnessCodec.HEADER_BYTES, (byte) code);
            boolean known = code >= 1 && code <= 5;
            try {
                assertThat(WitnessCodec.decodeAnswer(answer).verdict().code()).isEqualTo(code);
                assertThat(known).isTrue();
            } catch (WitnessFormatException refused) {
                assertThat(known).isFalse();
            }
        }
    }

    @Test
    void aReasonIsCleanedAndCut() throws Exception {
        WitnessAnswer answer = WitnessAnswer.notUnderstood("a\nb\u00e9" + "x".repeat(1000));
        assertThat(WitnessCodec.decodeAnswer(WitnessCodec.encode(answer, buffer)).reason())
                .isEqualTo("a?b?" + "x".repeat(396));
    }

    @Test
    void aNameThatUpsetsATerminalIsRefused() {
        ByteBuffer frame = WitnessCodec.encode(REQUESTS.get(0), buffer);
        frame.put(WitnessCodec.HEADER_BYTES + 1, (byte) 0x1b);
        assertThatThrownBy(() -> WitnessCodec.decodeRequest(frame))
                .hasMessage("the resource's name is not visible ASCII");
    }
}
