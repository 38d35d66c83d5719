package dev.rhizome.replicator;

import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.metadata.MetadataLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Reads the pages of a bitmap from the first to the last, without holding the bitmap. */
final class BitmapPageReader {
    private static final int PAGES_PER_READ = 256;

    private final MetadataDevice device;
    private final MetadataLayout layout;
    private final long[] words = new long[BitmapPageCodec.WORDS];

    BitmapPageReader(MetadataDevice device) {
        this.device = device;
        layout = device.layout();
    }

    /** How a page was found. */
    enum Condition {
        GOOD,
        /** Good, but that bits are set beyond the end of the volume. */
        BEYOND_END,
        /** Its blocks count as different. */
        DAMAGED
    }

    /** Takes a page. */
    interface Visitor {
        /**
         * The next page.
         *
         * @param page its number
         * @param words its bits as the daemon takes them; filled anew for the next page
         */
        void page(int page, Condition condition, long[] words) throws IOException;
    }

    /** How many pages the volume needs; internal metadata may have room for one more. */
    int pages() {
        long perPage = BitmapPageCodec.BLOCKS_PER_PAGE;
        return (int) ((layout.blocks() + perPage - 1) / perPage);
    }

    /** Shows all pages that the volume needs to a visitor. */
    void visit(Visitor visitor) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(PAGES_PER_READ * BitmapPageCodec.BYTES);
        int used = pages();
        for (int page = 0; page < used; ) {
            int pages = Math.min(PAGES_PER_READ, used - page);
            chunk.clear().limit(pages * BitmapPageCodec.BYTES);
            Arrays.fill(chunk.array(), (byte) 0);
            device.read(layout.bitmapOffsetBytes(page), chunk);
            chunk.clear();
            for (int end = page + pages; page < end; page++) {
                visitor.page(page, load(page, chunk), words);
            }
        }
    }

    private Condition load(int page, ByteBuffer chunk) {
        boolean good = BitmapPageCodec.decode(chunk, page, words, 0);
        if (!good) {
            Arrays.fill(words, -1L);
        }
        boolean beyond = cut(layout.blocks() - (long) page * BitmapPageCodec.BLOCKS_PER_PAGE);
        if (!good) {
            return Condition.DAMAGED;
        }
        return beyond ? Condition.BEYOND_END : Condition.GOOD;
    }

    /** Clears the bits from this one on; whether any was set. */
    private boolean cut(long blocks) {
        boolean any = false;
        for (int word = 0; word < words.length; word++) {
            long inside = blocks - word * 64L;
            if (inside < Long.SIZE) {
                long mask = inside <= 0 ? 0 : (1L << inside) - 1;
                any |= (words[word] & ~mask) != 0;
                words[word] &= mask;
            }
        }
        return any;
    }
}
