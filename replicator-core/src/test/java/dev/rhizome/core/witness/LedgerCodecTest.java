package dev.rhizome.core.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class LedgerCodecTest {
    private static final Holding ALPHA =
            new Holding("r0", "alpha", 0x0102, 7, 8, List.of(0x11L, 0x22L), false);
    private static final Holding BETA =
            new Holding("r0", "beta", 0x0103, -1, -2, List.of(-3L), false);
    private static final LedgerImage IMAGE = new LedgerImage(5, List.of(ALPHA, BETA));

    private static byte[] withChecksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 12, bytes.length - 12);
        ByteBuffer.wrap(bytes).putInt(8, (int) crc.getValue());
        return bytes;
    }

    @Test
    void goldenBytes() {
        assertThat(HexFormat.of().formatHex(LedgerCodec.encode(IMAGE)))
                .isEqualTo(
                        "52485a5749544e00"
                                + "960b08cf"
                                + "00000001"
                                + "0000000000000005"
                                + "0000007d"
                                + "00000002"
                                + "027230"
                                + "05616c706861"
                                + "0000000000000102"
                                + "0000000000000007"
                                + "0000000000000008"
                                + "00"
                                + "02"
                                + "0000000000000011"
                                + "0000000000000022"
                                + "027230"
                                + "0462657461"
                                + "0000000000000103"
                                + "ffffffffffffffff"
                                + "fffffffffffffffe"
                                + "00"
                                + "01"
                                + "fffffffffffffffd");
    }

    @Test
    void comesBack() throws Exception {
        assertThat(LedgerCodec.decode(LedgerCodec.encode(IMAGE))).isEqualTo(IMAGE);
        assertThat(LedgerCodec.decode(LedgerCodec.encode(LedgerImage.EMPTY)))
                .isEqualTo(LedgerImage.EMPTY);
    }

    @Test
    void theLargestComesBack() throws Exception {
        List<Long> generations = new ArrayList<>();
        for (long i = 0; i < Holding.MAX_GENERATIONS; i++) {
            generations.add(-i);
        }
        List<Holding> all = new ArrayList<>();
        for (int i = 0; i < WitnessLedger.MAX_HOLDINGS; i++) {
            String resource = "r".repeat(59) + (1000 + i);
            all.add(new Holding(resource, "n".repeat(63), 1, 2, 3, generations, true));
        }
        LedgerImage image = new LedgerImage(Long.MAX_VALUE, all);
        byte[] bytes = LedgerCodec.encode(image);
        assertThat(bytes).hasSize(LedgerCodec.MAX_BYTES);
        assertThat(LedgerCodec.decode(bytes)).isEqualTo(image);
    }

    @Test
    void everyDamagedBitIsNoticed() {
        byte[] bytes = LedgerCodec.encode(IMAGE);
        for (int at = 0; at < bytes.length; at++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) (1 << bit);
                assertThatThrownBy(() -> LedgerCodec.decode(damaged))
                        .isInstanceOf(WitnessFormatException.class);
            }
        }
    }

    @Test
    void everyOtherLengthIsNoticed() {
        byte[] bytes = LedgerCodec.encode(IMAGE);
        for (int length = 0; length < bytes.length + 50; length++) {
            byte[] other = Arrays.copyOf(bytes, length);
            if (length != bytes.length) {
                assertThatThrownBy(() -> LedgerCodec.decode(other))
                        .isInstanceOf(WitnessFormatException.class);
                if (length >= 32) {
                    assertThatThrownBy(() -> LedgerCodec.decode(withChecksum(other)))
                            .isInstanceOf(WitnessFormatException.class);
                }
            }
        }
    }

    @Test
    void aLaterVersionIsNamed() {
        byte[] bytes = LedgerCodec.encode(IMAGE);
        ByteBuffer.wrap(bytes).putInt(12, 2);
        assertThatThrownBy(() -> LedgerCodec.decode(withChecksum(bytes)))
                .hasMessageContaining("format version 2");
    }

    @Test
    void anotherOrderIsNone() {
        List<List<Holding>> wrong =
                List.of(List.of(BETA, ALPHA), List.of(ALPHA, ALPHA), List.of(BETA, ALPHA, BETA));
        for (List<Holding> holdings : wrong) {
            byte[] bytes = LedgerCodec.encode(new LedgerImage(1, holdings));
            assertThatThrownBy(() -> LedgerCodec.decode(bytes))
                    .hasMessageContaining("out of range");
        }
    }
}
