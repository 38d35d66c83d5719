package dev.rhizome.core.bitmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitmapChunkCodecTest {

    private static String hex(ByteBuffer body) {
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    @Test
    void goldenBytesOfRuns() {
        Bitmap bitmap = new Bitmap(1_000_000);
        bitmap.set(5, 3);
        bitmap.set(300, 200);
        ByteBuffer body = BitmapChunkCodec.encode(bitmap, 0, ByteBuffer.allocate(100), 100);
        assertThat(hex(body))
                .isEqualTo("0000000000000000" + "01" + "05" + "03" + "a402" + "c801" + "cc803d");
        assertThat(BitmapChunkCodec.addTo(new Bitmap(1_000_000), body, 0)).isEqualTo(1_000_000);
    }

    @Test
    void goldenBytesOfPlain() {
        Bitmap bitmap = new Bitmap(192);
        for (int block = 64; block < 192; block += 2) {
            bitmap.set(block, 1);
        }
        ByteBuffer body = BitmapChunkCodec.encode(bitmap, 64, ByteBuffer.allocate(40), 40);
        assertThat(hex(body))
                .isEqualTo("0000000000000040" + "00" + "5555555555555555" + "5555555555555555");
        assertThat(BitmapChunkCodec.addTo(new Bitmap(192), body, 64)).isEqualTo(192);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 1000, 31_744, 100_001})
    void allBodiesTogetherAreTheBitmap(int blocks) {
        Random random = new Random(blocks);
        check(blocks, random, bitmap -> {});
        check(blocks, random, Bitmap::setAll);
        check(blocks, random, bitmap -> bitmap.set(blocks - 1L, 1));
        check(blocks, random, bitmap -> bitmap.set(random.nextInt(blocks), 1));
        for (int i = 0; i < 20; i++) {
            check(blocks, random, bitmap -> sprinkle(bitmap, random));
        }
    }

    private static void sprinkle(Bitmap bitmap, Random random) {
        int longest = 1 + random.nextInt(200);
        double density = random.nextDouble();
        for (long at = 0; at < bitmap.blocks(); ) {
            long count = 1L + random.nextInt(longest);
            if (random.nextDouble() < density) {
                bitmap.set(at, count);
            }
            at += count;
        }
    }

    private static void check(int blocks, Random random, Consumer<Bitmap> fill) {
        Bitmap bitmap = new Bitmap(blocks);
        fill.accept(bitmap);
        Bitmap before = new Bitmap(blocks);
        sprinkle(before, random);
        Bitmap expected = new Bitmap(blocks);
        for (int word = 0; word < expected.words(); word++) {
            expected.setWord(word, bitmap.word(word) | before.word(word));
        }
        int limit = 17 + random.nextInt(random.nextBoolean() ? 40 : 4000);
        ByteBuffer target = ByteBuffer.allocate(limit);
        long at = 0;
        while (at < blocks) {
            ByteBuffer body = BitmapChunkCodec.encode(bitmap, at, target, limit);
            assertThat(body.remaining()).isLessThanOrEqualTo(limit);
            long end = BitmapChunkCodec.addTo(before, body, at);
            assertThat(end).isGreaterThan(at);
            if (end < blocks) {
                // A body that ends within a word takes the rest of that word for different.
                for (long block = Math.max(at, end - 63); block < end; block++) {
                    if (before.isSet(block)) {
                        expected.set(block, 1);
                    }
                }
            }
            at = end;
        }
        assertThat(before.setCount()).isEqualTo(expected.setCount());
        for (int word = 0; word < expected.words(); word++) {
            assertThat(before.word(word)).isEqualTo(expected.word(word));
        }
    }

    @Test
    void aSparseBitmapTakesFewBytes() {
        Bitmap bitmap = new Bitmap(1L << 30);
        bitmap.set(1 << 29, 1);
        ByteBuffer target = ByteBuffer.allocate(16 * 1024);
        assertThat(BitmapChunkCodec.encode(bitmap, 0, target, 16 * 1024).remaining())
                .isLessThan(25);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", // nothing
                "0000000000000000", // no encoding
                "000000000000000000", // no words
                "000000000000000001", // no runs
                "000000000000000002ff", // no such encoding
                "00000000000000400140", // begins elsewhere
                "00000000000000000141", // ends within a word
                "000000000000000001ff", // a number without its end
                "000000000000000001ffffffffffffffffffff01", // a number without a bound
                "000000000000000001c101", // longer than the volume
                "000000000000000000ffffffffffffff", // not a whole word
                "00000000000000000000000000000000010000000000000001000000000000000100000000000000"
                        + "01" // too many words
            })
    void whatIsNotSoundIsRefused(String body) {
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(body));
        assertThat(BitmapChunkCodec.addTo(new Bitmap(192), bytes, 0)).isEqualTo(-1);
    }
}
