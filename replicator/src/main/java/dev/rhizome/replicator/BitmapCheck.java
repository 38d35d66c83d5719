package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.dump.ByteSize;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.replicator.BitmapPageReader.Condition;
import java.io.IOException;
import java.util.List;

/** Checks all pages of the bitmap; neighbours with the same damage are one finding. */
final class BitmapCheck {
    private static final int MAX_FINDINGS = 50;

    private final BitmapPageReader reader;
    private final MetadataLayout layout;
    private final List<MetadataFinding> findings;
    private Condition condition = Condition.GOOD;
    private int first;
    private int runs;
    private int damagedPages;
    private long outOfSync;

    BitmapCheck(MetadataDevice device, List<MetadataFinding> findings) {
        reader = new BitmapPageReader(device);
        layout = device.layout();
        this.findings = findings;
    }

    void run() throws IOException {
        reader.visit(
                (page, found, words) -> {
                    for (long word : words) {
                        outOfSync += Long.bitCount(word);
                    }
                    damagedPages += found == Condition.DAMAGED ? 1 : 0;
                    if (found != condition) {
                        endRun(page);
                        condition = found;
                        first = page;
                    }
                });
        endRun(reader.pages());
        if (runs > MAX_FINDINGS) {
            findings.add(
                    new MetadataFinding(
                            true,
                            "bitmap: and so on: "
                                    + (runs - MAX_FINDINGS)
                                    + " more damaged places, "
                                    + damagedPages
                                    + " damaged pages in all"));
        }
        long bytes = Math.min(outOfSync * Limits.BLOCK_BYTES, layout.volumeBytes());
        findings.add(
                new MetadataFinding(
                        false,
                        "bitmap: "
                                + (reader.pages() - damagedPages)
                                + " of "
                                + reader.pages()
                                + " pages are good; "
                                + outOfSync
                                + " blocks ("
                                + ByteSize.text(bytes)
                                + " of "
                                + ByteSize.text(layout.volumeBytes())
                                + ") count as different from the peer's"));
    }

    private void endRun(int end) {
        if (condition == Condition.GOOD) {
            return;
        }
        runs++;
        if (runs <= MAX_FINDINGS) {
            findings.add(new MetadataFinding(true, "bitmap: " + describe(end - 1)));
        }
    }

    private String describe(int last) {
        String which =
                first == last ? "page " + first + " is" : "pages " + first + " to " + last + " are";
        if (condition == Condition.BEYOND_END) {
            return which
                    + " good, but with bits beyond the end of the volume; the daemon passes them"
                    + " over; --repair clears them";
        }
        long perPage = BitmapPageCodec.BLOCKS_PER_PAGE;
        return which
                + " damaged; all of blocks "
                + first * perPage
                + " to "
                + (Math.min((last + 1) * perPage, layout.blocks()) - 1)
                + " count as different on attach; --repair writes it so";
    }
}
