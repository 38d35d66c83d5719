package dev.rhizome.core.bitmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bitmap against {@link BitSet}, and its pages against a disk of its own. */
class BitmapTest {
    private static final int PAGE = BitmapPageCodec.BLOCKS_PER_PAGE;

    /** What the disk holds, page by page. */
    private static final class Disk {
        final ByteBuffer bytes;

        Disk(Bitmap bitmap) {
            bytes = ByteBuffer.allocate(bitmap.pages() * BitmapPageCodec.BYTES);
            long[] none = new long[0];
            for (int page = 0; page < bitmap.pages(); page++) {
                BitmapPageCodec.encode(page, none, 0, bytes);
            }
        }

        Bitmap load(long blocks) {
            Bitmap loaded = new Bitmap(blocks);
            ByteBuffer source = bytes.duplicate().clear();
            for (int page = 0; page < loaded.pages(); page++) {
                assertThat(loaded.load(page, source)).isTrue();
                assertThat(loaded.dirty(page)).isFalse();
            }
            return loaded;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE + 777, 70 * PAGE})
    void agreesWithABitSet(int blocks) {
        Random random = new Random(blocks);
        Bitmap bitmap = new Bitmap(blocks);
        BitSet model = new BitSet();
        for (int step = 0; step < 2_000; step++) {
            int first = random.nextInt(blocks);
            int count = 1 + random.nextInt(random.nextInt(10) == 0 ? blocks : 200);
            int end = Math.min(first + count, blocks);
            switch (random.nextInt(6)) {
                case 0, 1 -> {
                    bitmap.set(first, count);
                    model.set(first, end);
                }
                case 2 -> {
                    bitmap.clear(first, count);
                    model.clear(first, end);
                }
                case 3 -> {
                    long bits = random.nextLong();
                    bitmap.setWord(first / 64, bits);
                    for (int bit = 0; bit < 64 && first / 64 * 64 + bit < blocks; bit++) {
                        if ((bits >>> bit & 1) != 0) {
                            model.set(first / 64 * 64 + bit);
                        }
                    }
                }
                case 4 -> {
                    bitmap.setBytes(first * 4096L + 512, 512);
                    model.set(first);
                }
                default -> {
                    int next = model.nextSetBit(first);
                    assertThat(bitmap.nextSet(first)).isEqualTo(next);
                    assertThat(bitmap.nextClear(first, end))
                            .isEqualTo(Math.min(end, model.nextClearBit(first)));
                    assertThat(bitmap.isSet(first)).isEqualTo(model.get(first));
                    assertThat(bitmap.setCount(first, end))
                            .isEqualTo(model.get(first, end).cardinality());
                    assertThat(bitmap.setCount(0, blocks)).isEqualTo(model.cardinality());
                }
            }
            assertThat(bitmap.setCount()).isEqualTo(model.cardinality());
        }
        assertThat(bitmap.nextSet(blocks)).isEqualTo(-1);
        bitmap.setAll();
        assertThat(bitmap.setCount()).isEqualTo(blocks);
        assertThat(bitmap.nextClear(0, blocks)).isEqualTo(blocks);
        for (int word = 0; word < bitmap.words(); word++) {
            int inside = Math.min(64, blocks - word * 64);
            assertThat(Long.bitCount(bitmap.word(word))).isEqualTo(inside);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {65, PAGE, 5 * PAGE + 1, 40 * PAGE + 100, 130 * PAGE})
    void whatIsRequiredIsDurableWhenNothingIsPending(int blocks) {
        Random random = new Random(blocks);
        Bitmap bitmap = new Bitmap(blocks);
        Disk disk = new Disk(bitmap);
        ByteBuffer image = ByteBuffer.allocate(Bitmap.MAX_RUN_PAGES * BitmapPageCodec.BYTES);
        for (int step = 0; step < 400; step++) {
            for (int i = random.nextInt(40); i > 0; i--) {
                int first = random.nextInt(blocks);
                if (random.nextBoolean()) {
                    bitmap.set(first, 1 + random.nextInt(300));
                } else {
                    bitmap.clear(first, 1 + random.nextInt(300));
                }
            }
            BitSet wanted = new BitSet();
            for (int i = random.nextInt(8); i > 0; i--) {
                int page = random.nextInt(bitmap.pages());
                bitmap.require(page);
                wanted.set(page);
            }
            if (random.nextInt(20) == 0) {
                bitmap.requireAll();
                wanted.set(0, bitmap.pages());
            }
            write(bitmap, disk, image, random);
            assertThat(bitmap.requirementsPending()).isFalse();
            assertThat(wanted.stream().anyMatch(bitmap::dirty)).isFalse();
            for (int page = 0; page < bitmap.pages(); page++) {
                if (!bitmap.dirty(page)) {
                    ByteBuffer expected = ByteBuffer.allocate(BitmapPageCodec.BYTES);
                    BitmapPageCodec.encode(
                            page, words(bitmap), page * BitmapPageCodec.WORDS, expected);
                    assertThat(disk.bytes.slice(page * 4096, 4096)).isEqualTo(expected.flip());
                }
            }
        }
        bitmap.requireAll();
        write(bitmap, disk, image, random);
        Bitmap loaded = disk.load(blocks);
        assertThat(loaded.setCount()).isEqualTo(bitmap.setCount());
        assertThat(words(loaded)).isEqualTo(words(bitmap));
    }

    private static void write(Bitmap bitmap, Disk disk, ByteBuffer image, Random random) {
        while (bitmap.wantsWrite()) {
            int page = bitmap.beginWrite(image);
            assertThat(image.remaining() % BitmapPageCodec.BYTES).isZero();
            assertThat(image.remaining()).isPositive();
            assertThat(bitmap.wantsWrite()).as("one write at a time").isFalse();
            assertThat(bitmap.requirementsPending()).isTrue();
            disk.bytes.put(page * BitmapPageCodec.BYTES, image, 0, image.remaining());
            if (random.nextInt(4) == 0) {
                // Meanwhile one more bit: its page is dirty again, and not what was written.
                long block = (long) page * PAGE;
                if (bitmap.isSet(block)) {
                    bitmap.clear(block, 1);
                } else {
                    bitmap.set(block, 1);
                }
                bitmap.require(page);
            }
            bitmap.endWrite();
        }
    }

    private static long[] words(Bitmap bitmap) {
        long[] words = new long[bitmap.words()];
        for (int word = 0; word < words.length; word++) {
            words[word] = bitmap.word(word);
        }
        return words;
    }

    @ParameterizedTest
    @ValueSource(ints = {10, PAGE, 2 * PAGE + 70})
    void aDamagedPageReadsAsAllSet(int blocks) {
        Bitmap bitmap = new Bitmap(blocks);
        Disk disk = new Disk(bitmap);
        int last = bitmap.pages() - 1;
        disk.bytes.put(last * BitmapPageCodec.BYTES + 200, (byte) 1);
        ByteBuffer source = disk.bytes.duplicate().clear();
        for (int page = 0; page < last; page++) {
            assertThat(bitmap.load(page, source)).isTrue();
        }
        assertThat(bitmap.load(last, source)).isFalse();
        assertThat(source.hasRemaining()).isFalse();
        assertThat(bitmap.setCount()).isEqualTo(blocks - last * PAGE);
        assertThat(bitmap.dirty(last)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 64, PAGE - 64 + 1, PAGE + 65})
    void bitsBeyondTheEndAreNotThere(int blocks) {
        Bitmap bitmap = new Bitmap(blocks);
        long[] all = new long[bitmap.pages() * BitmapPageCodec.WORDS];
        java.util.Arrays.fill(all, -1L);
        ByteBuffer pages = ByteBuffer.allocate(bitmap.pages() * BitmapPageCodec.BYTES);
        for (int page = 0; page < bitmap.pages(); page++) {
            BitmapPageCodec.encode(page, all, page * BitmapPageCodec.WORDS, pages);
        }
        pages.flip();
        for (int page = 0; page < bitmap.pages(); page++) {
            assertThat(bitmap.load(page, pages)).isTrue();
        }
        assertThat(bitmap.setCount()).isEqualTo(blocks);
        assertThat(bitmap.nextClear(0, blocks)).isEqualTo(blocks);
    }
}
