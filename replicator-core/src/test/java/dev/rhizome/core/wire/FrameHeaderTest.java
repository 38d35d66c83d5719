package dev.rhizome.core.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Limits;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FrameHeaderTest {
    private final FrameHeader header = new FrameHeader();

    private static byte[] encoded(FrameHeader header) {
        ByteBuffer buffer = ByteBuffer.allocate(FrameHeader.BYTES);
        header.encode(buffer);
        assertThat(buffer.hasRemaining()).isFalse();
        return buffer.array();
    }

    @Test
    void goldenBytes() {
        header.set(
                FrameType.WRITE,
                FrameHeader.FLAG_FUA,
                4096,
                0x0102030405060708L,
                8192,
                4096,
                0x1112131415161718L);
        assertThat(HexFormat.of().formatHex(encoded(header)))
                .isEqualTo(
                        "525a"
                                + "10"
                                + "01"
                                + "00001000"
                                + "0102030405060708"
                                + "0000000000002000"
                                + "0000000000001000"
                                + "1112131415161718");
    }

    @Test
    void typesKeepTheirCodes() {
        assertThat(FrameType.HELLO.code()).isEqualTo(1);
        assertThat(FrameType.GOODBYE.code()).isEqualTo(7);
        assertThat(FrameType.WRITE.code()).isEqualTo(16);
        assertThat(FrameType.READ_REPLY.code()).isEqualTo(23);
        assertThat(FrameType.SYNC_START.code()).isEqualTo(32);
        assertThat(FrameType.SYNC_DONE.code()).isEqualTo(38);
        assertThat(FrameType.SYNC_CHECK.code()).isEqualTo(42);
        assertThat(FrameType.SYNC_CHECKED.code()).isEqualTo(43);
        assertThat(FrameType.VERIFY_CHECK.code()).isEqualTo(48);
        assertThat(FrameType.VERIFY_RESULT.code()).isEqualTo(49);
        assertThat(FrameType.ofCode(0)).isNull();
        assertThat(FrameType.ofCode(200)).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeComesBack(FrameType type) {
        int body = type.body() == FrameType.Body.PAYLOAD ? 512 : 0;
        header.set(type, 0, body, -1, 1024, 512, -2);
        FrameHeader decoded = new FrameHeader();
        assertThat(decoded.decode(ByteBuffer.wrap(encoded(header)))).isNull();
        assertThat(decoded.toString()).isEqualTo(header.toString());
        assertThat(decoded.carriesPayload()).isEqualTo(body > 0);
    }

    @Test
    void refusesWhatItCannotBelieve() {
        assertThat(refusal(FrameType.PING, 0, 1, 0, 0)).contains("body on a frame that has none");
        assertThat(refusal(FrameType.PING, 4, 0, 0, 0)).contains("unknown frame flags");
        assertThat(refusal(FrameType.WRITE, 0, 512, 0, 1024)).contains("does not fit");
        assertThat(refusal(FrameType.WRITE, 0, 0, 0, 0)).contains("does not fit");
        int tooLong = Limits.MAX_REQUEST_BYTES + 512;
        assertThat(refusal(FrameType.WRITE, 0, tooLong, 0, tooLong)).contains("does not fit");
        assertThat(refusal(FrameType.READ_REPLY, 0, 512, 0, 1024)).contains("does not fit");
        assertThat(refusal(FrameType.HELLO, 0, Limits.MAX_CONTROL_BODY_BYTES + 1, 0, 0))
                .contains("too long");
        assertThat(refusal(FrameType.HELLO, 0, -1, 0, 0)).contains("too long");
        assertThat(refusal(FrameType.TRIM, 0, 0, -1, 0)).contains("beyond the largest volume");
        assertThat(refusal(FrameType.TRIM, 0, 0, 0, Long.MAX_VALUE))
                .contains("beyond the largest volume");
    }

    private String refusal(FrameType type, int flags, int body, long offset, long length) {
        header.set(type, flags, body, 0, offset, length, 0);
        String problem = new FrameHeader().decode(ByteBuffer.wrap(encoded(header)));
        return problem == null ? "accepted" : problem;
    }

    @Test
    void aCompressedBodyIsShorterThanItsRange() {
        int flag = FrameHeader.FLAG_COMPRESSED;
        assertThat(refusal(FrameType.SYNC_WRITE, flag, 511, 0, 512)).isEqualTo("accepted");
        assertThat(refusal(FrameType.WRITE, flag | FrameHeader.FLAG_FUA, 1, 0, 1 << 20))
                .isEqualTo("accepted");
        assertThat(refusal(FrameType.READ_REPLY, flag, 100, 0, 4096)).isEqualTo("accepted");
        assertThat(refusal(FrameType.WRITE, flag, 512, 0, 512)).contains("cannot be one");
        assertThat(refusal(FrameType.WRITE, flag, 0, 0, 512)).contains("cannot be one");
        assertThat(refusal(FrameType.WRITE, flag, -5, 0, 512)).contains("cannot be one");
        assertThat(refusal(FrameType.WRITE, flag, 512, 0, (1 << 20) + 1)).contains("cannot be one");
        assertThat(refusal(FrameType.READ_REPLY, flag, 0, 0, 0)).contains("cannot be one");
        assertThat(refusal(FrameType.HELLO, flag, 100, 0, 512)).contains("cannot be one");
        assertThat(refusal(FrameType.PING, flag, 0, 0, 512)).contains("cannot be one");
    }

    @Test
    void compressingAndBack() {
        header.set(FrameType.WRITE, FrameHeader.FLAG_FUA, 4096, 1, 0, 4096, 0).compress(100);
        assertThat(header.compressed()).isTrue();
        assertThat(header.fua()).isTrue();
        assertThat(header.bodyBytes()).isEqualTo(100);
        header.decompress();
        assertThat(header.flags()).isEqualTo(FrameHeader.FLAG_FUA);
        assertThat(header.bodyBytes()).isEqualTo(4096);
    }

    @Test
    void refusesForeignBytes() {
        byte[] bytes = encoded(header.set(FrameType.PING, 0, 0));
        bytes[0] = 'X';
        assertThat(header.decode(ByteBuffer.wrap(bytes))).contains("magic");
        bytes[0] = 'R';
        bytes[2] = 99;
        assertThat(header.decode(ByteBuffer.wrap(bytes))).contains("unknown frame type");
    }

    @Test
    void anyBytesAreDecodedOrRefused() {
        Random random = new Random(1);
        byte[] bytes = new byte[FrameHeader.BYTES];
        for (int i = 0; i < 200_000; i++) {
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                bytes[0] = 'R';
                bytes[1] = 'Z';
                bytes[3] &= 3;
            }
            String problem = header.decode(ByteBuffer.wrap(bytes));
            if (problem == null) {
                assertThat(header.bodyBytes()).isBetween(0, Limits.MAX_REQUEST_BYTES);
                assertThat(encoded(header)).isEqualTo(bytes);
            }
        }
    }
}
