package dev.rhizome.core.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Limits;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HelloCodecTest {
    private static final Hello HELLO =
            new Hello(
                    1,
                    1,
                    0,
                    "a",
                    "data",
                    1 << 20,
                    512,
                    Role.PRIMARY,
                    DiskState.UP_TO_DATE,
                    true,
                    true,
                    new Generations(0x10, 0x20, List.of(0x30L, 0x40L)));

    private final ByteBuffer buffer = ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES);

    @Test
    void goldenBytes() {
        ByteBuffer encoded = HelloCodec.encode(HELLO, buffer);
        byte[] bytes = new byte[encoded.remaining()];
        encoded.get(bytes);
        assertThat(HexFormat.of().formatHex(bytes))
                .isEqualTo(
                        "0001"
                                + "0001"
                                + "0000000000000000"
                                + "0000000000100000"
                                + "00000200"
                                + "01"
                                + "08"
                                + "03"
                                + "00"
                                + "0000000000000010"
                                + "0000000000000020"
                                + "02"
                                + "0000000000000030"
                                + "0000000000000040"
                                + "0161"
                                + "0464617461");
    }

    @Test
    void comesBack() {
        assertThat(HelloCodec.decode(HelloCodec.encode(HELLO, buffer))).isEqualTo(HELLO);
        Generations generations = HELLO.generations();
        assertThat(HelloCodec.decodeGenerations(HelloCodec.encodeGenerations(generations, buffer)))
                .isEqualTo(generations);
    }

    @Test
    void aShortBodyIsNone() {
        ByteBuffer whole = HelloCodec.encode(HELLO, buffer);
        for (int length = 0; length < whole.limit(); length++) {
            assertThat(HelloCodec.decode(whole.duplicate().limit(length))).isNull();
        }
    }

    @Test
    void textIsCutAndCleaned() {
        ByteBuffer small = ByteBuffer.allocate(4);
        assertThat(HelloCodec.decodeText(HelloCodec.encodeText("abcdefgh", small)))
                .isEqualTo("abcd");
        ByteBuffer text = HelloCodec.encodeText("a\u001b[31m\nb", buffer);
        assertThat(HelloCodec.decodeText(text)).isEqualTo("a [31m b");
    }

    @Test
    void anyBytesAreDecodedOrRefused() {
        Random random = new Random(2);
        byte[] good = new byte[HelloCodec.encode(HELLO, buffer).remaining()];
        buffer.get(good);
        int accepted = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (random.nextBoolean()) {
                bytes = good.clone();
                for (int flips = random.nextInt(4); flips >= 0; flips--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
            }
            Hello decoded = HelloCodec.decode(ByteBuffer.wrap(bytes));
            HelloCodec.decodeGenerations(ByteBuffer.wrap(bytes));
            HelloCodec.decodeText(ByteBuffer.wrap(bytes));
            if (decoded != null) {
                accepted++;
                assertThat(decoded.volumeBytes()).isBetween(0L, Limits.MAX_VOLUME_BYTES);
            }
        }
        assertThat(accepted).isPositive();
    }
}
