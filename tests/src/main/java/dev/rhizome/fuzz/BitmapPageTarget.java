package dev.rhizome.fuzz;

import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The two pages of a bitmap whose last word is not full. */
final class BitmapPageTarget implements Target {
    private static final long VOLUME_BLOCKS = BitmapPageCodec.BLOCKS_PER_PAGE + 1000;

    @Override
    public String name() {
        return "bitmap-page";
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (long step : new long[] {VOLUME_BLOCKS, 1, 3, 977}) {
            Bitmap bitmap = new Bitmap(VOLUME_BLOCKS);
            for (long block = step - 1; block < VOLUME_BLOCKS; block += step) {
                bitmap.set(block, 1);
            }
            long[] words = new long[bitmap.words()];
            for (int word = 0; word < words.length; word++) {
                words[word] = bitmap.word(word);
            }
            ByteBuffer pages = ByteBuffer.allocate(2 * Blocks.BYTES);
            BitmapPageCodec.encode(0, words, 0, pages);
            BitmapPageCodec.encode(1, words, BitmapPageCodec.WORDS, pages);
            seeds.add(pages.array());
        }
        return seeds;
    }

    @Override
    public void fixChecksums(byte[] input) {
        Blocks.fix(input, 4);
    }

    @Override
    public boolean accepts(byte[] input) {
        ByteBuffer pages = Blocks.whole(input, 2);
        Bitmap bitmap = new Bitmap(VOLUME_BLOCKS);
        boolean first = bitmap.load(0, pages);
        boolean second = bitmap.load(1, pages);
        Target.require(pages.position() == 2 * Blocks.BYTES, "a page that was not passed");
        long set = 0;
        for (int word = 0; word < bitmap.words(); word++) {
            set += Long.bitCount(bitmap.word(word));
        }
        Target.require(set == bitmap.setCount() && set <= VOLUME_BLOCKS, "miscounted bits");
        Target.require(
                first || bitmap.nextClear(0, VOLUME_BLOCKS) >= BitmapPageCodec.BLOCKS_PER_PAGE,
                "a damaged page is all set");
        Target.require(
                second
                        || bitmap.nextClear(BitmapPageCodec.BLOCKS_PER_PAGE, VOLUME_BLOCKS)
                                == VOLUME_BLOCKS,
                "the damaged last page is all set");
        return first && second;
    }
}
