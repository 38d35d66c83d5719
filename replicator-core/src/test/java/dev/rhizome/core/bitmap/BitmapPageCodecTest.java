package dev.rhizome.core.bitmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class BitmapPageCodecTest {

    private static byte[] page(long number, long... words) {
        byte[] bytes = new byte[BitmapPageCodec.BYTES];
        Arrays.fill(bytes, (byte) 0xEE);
        BitmapPageCodec.encode(number, words, 0, ByteBuffer.wrap(bytes));
        return bytes;
    }

    @Test
    void goldenBytes() {
        byte[] bytes = page(3, 0x8000000000000001L, 0, 0xFF);
        assertThat(HexFormat.of().formatHex(bytes, 0, 24))
                .isEqualTo("525a424d" + "d34a56ca" + "0000000000000003" + "0000000a" + "00000000");
        assertThat(Arrays.copyOfRange(bytes, 24, 128)).containsOnly(0);
        assertThat(HexFormat.of().formatHex(bytes, 128, 152))
                .isEqualTo("8000000000000001" + "0000000000000000" + "00000000000000ff");
        assertThat(Arrays.copyOfRange(bytes, 152, bytes.length)).containsOnly(0);
    }

    @Test
    void comesBackAndMovesThePosition() {
        long[] words = new long[2 * BitmapPageCodec.WORDS];
        for (int i = 0; i < words.length; i++) {
            words[i] = i * 0x9E3779B97F4A7C15L;
        }
        ByteBuffer two = ByteBuffer.allocate(2 * BitmapPageCodec.BYTES);
        BitmapPageCodec.encode(0, words, 0, two);
        BitmapPageCodec.encode(1, words, BitmapPageCodec.WORDS, two);
        assertThat(two.hasRemaining()).isFalse();
        two.flip();
        long[] back = new long[words.length];
        assertThat(BitmapPageCodec.decode(two, 0, back, 0)).isTrue();
        assertThat(BitmapPageCodec.decode(two, 1, back, BitmapPageCodec.WORDS)).isTrue();
        assertThat(back).isEqualTo(words);
    }

    @Test
    void everyFlippedBitIsNoticedAndLeavesTheWordsAlone() {
        byte[] bytes = page(7, -1L, 5);
        long[] words = {1, 2};
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(BitmapPageCodec.decode(ByteBuffer.wrap(bytes), 7, words, 0)).isFalse();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
        }
        assertThat(words).containsExactly(1, 2);
        assertThat(BitmapPageCodec.decode(ByteBuffer.wrap(bytes), 7, words, 0)).isTrue();
        assertThat(words).containsExactly(-1, 5);
    }

    @Test
    void aPageInTheWrongPlaceIsNoticed() {
        assertThat(BitmapPageCodec.decode(ByteBuffer.wrap(page(7, 1)), 8, new long[1], 0))
                .isFalse();
    }

    @Test
    void anExtentOfAnySizeIsOnOnePage() {
        for (int extentBlocks = 8; extentBlocks <= 1024; extentBlocks *= 2) {
            assertThat(BitmapPageCodec.BLOCKS_PER_PAGE % extentBlocks).isZero();
        }
    }
}
