package dev.rhizome.replicator;

import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.metadata.MetadataLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Writes the pages of a bitmap from the first to the last, without holding the bitmap. */
final class BitmapPageWriter {
    private static final int CHUNK_BYTES = 1 << 20;

    private final MetadataDevice device;
    private final MetadataLayout layout;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    private final long[] words = new long[BitmapPageCodec.WORDS];
    private int page;
    private int chunkFirst;

    BitmapPageWriter(MetadataDevice device) {
        this.device = device;
        layout = device.layout();
    }

    /**
     * Sets bits.
     *
     * @param first behind all that were set before
     * @param count ends within the volume
     */
    void set(long first, long count) throws IOException {
        long at = first;
        while (at < first + count) {
            while (at >= (page + 1L) * BitmapPageCodec.BLOCKS_PER_PAGE) {
                endPage();
            }
            int inPage = (int) (at - (long) page * BitmapPageCodec.BLOCKS_PER_PAGE);
            int bits = (int) Math.min(Long.SIZE - (inPage & 63), first + count - at);
            long mask = bits == Long.SIZE ? -1L : (1L << bits) - 1;
            words[inPage >>> 6] |= mask << inPage;
            at += bits;
        }
    }

    /** Writes what is left; the bits behind the last one are clear. */
    void finish() throws IOException {
        while (page < layout.bitmapPages()) {
            endPage();
        }
        writeChunk();
    }

    private void endPage() throws IOException {
        BitmapPageCodec.encode(page, words, 0, chunk);
        Arrays.fill(words, 0);
        page++;
        if (!chunk.hasRemaining()) {
            writeChunk();
        }
    }

    private void writeChunk() throws IOException {
        device.write(layout.bitmapOffsetBytes(chunkFirst), chunk.flip());
        chunk.clear();
        chunkFirst = page;
    }
}
