package dev.rhizome.fuzz;

import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapChunkCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A body that carries a part of the peer's bitmap. */
final class BitmapChunkTarget implements Target {
    private static final long VOLUME_BLOCKS = 50_001;
    private static final int LIMIT_BYTES = 512;

    @Override
    public String name() {
        return "bitmap-chunk";
    }

    @Override
    public List<byte[]> seeds() {
        List<byte[]> seeds = new ArrayList<>();
        for (long step : new long[] {VOLUME_BLOCKS, 1, 2, 100, 7000}) {
            Bitmap bitmap = new Bitmap(VOLUME_BLOCKS);
            for (long block = step - 1; block < VOLUME_BLOCKS; block += step) {
                bitmap.set(block, 1);
            }
            ByteBuffer body = ByteBuffer.allocate(LIMIT_BYTES);
            BitmapChunkCodec.encode(bitmap, 0, body, LIMIT_BYTES);
            byte[] bytes = new byte[body.remaining()];
            body.get(bytes);
            seeds.add(bytes);
        }
        return seeds;
    }

    @Override
    public boolean accepts(byte[] input) {
        Bitmap bitmap = new Bitmap(VOLUME_BLOCKS);
        bitmap.set(100, 3);
        ByteBuffer body = ByteBuffer.wrap(input);
        boolean any = false;
        for (long from : new long[] {0, 64}) {
            long end = BitmapChunkCodec.addTo(bitmap, body, from);
            boolean sound =
                    end == -1 || end == VOLUME_BLOCKS || (end > from && end < VOLUME_BLOCKS);
            Target.require(sound, "an end beyond the volume");
            any |= end > 0;
        }
        Target.require(body.position() == 0, "the body is the caller's");
        long set = 0;
        for (int word = 0; word < bitmap.words(); word++) {
            set += Long.bitCount(bitmap.word(word));
        }
        Target.require(set == bitmap.setCount() && set <= VOLUME_BLOCKS, "miscounted bits");
        Target.require(bitmap.nextClear(100, 103) == 103, "a bit was cleared");
        return any;
    }
}
