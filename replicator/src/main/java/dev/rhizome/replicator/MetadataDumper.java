package dev.rhizome.replicator;

import dev.rhizome.core.dump.DumpWriter;
import dev.rhizome.core.dump.MetadataDump;
import dev.rhizome.core.metadata.Superblock;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** Prints metadata as text; the bitmap page by page. */
final class MetadataDumper {

    private MetadataDumper() {}

    /**
     * Prints a device's metadata.
     *
     * @param force even if it is damaged: then as the daemon would read it, with what is damaged as
     *     comments
     * @param lines takes the text
     */
    static void dump(MetadataDevice device, boolean force, Consumer<String> lines)
            throws IOException, VolumeException {
        MetadataCheck check = MetadataCheck.of(device);
        List<String> damages =
                check.findings().stream()
                        .filter(MetadataFinding::damage)
                        .map(MetadataFinding::text)
                        .toList();
        Superblock superblock = check.superblock();
        if (superblock == null || (!damages.isEmpty() && !force)) {
            throw new VolumeException(
                    device.place().metadata()
                            + ": "
                            + damages.get(0)
                            + (superblock == null
                                    ? ""
                                    : "; 'rhizome verify-md "
                                            + device.place().resource()
                                            + "' says all of it, and --force dumps what the daemon"
                                            + " would take it for"));
        }
        DumpWriter writer = new DumpWriter(lines);
        List<Integer> extents = check.extents();
        writer.begin(
                new MetadataDump(
                        superblock, extents.isEmpty() ? 0 : check.log().extentBlocks(), extents),
                damages.stream().map(text -> "Damaged: " + text).toList());
        if (!check.log().problem().isEmpty() && check.needsLog()) {
            writer.blocks(0, device.layout().blocks());
        } else {
            new BitmapPageReader(device)
                    .visit((page, condition, words) -> runs(page, words, writer));
        }
        writer.end();
    }

    private static void runs(int page, long[] words, DumpWriter writer) {
        long base = (long) page * words.length * Long.SIZE;
        for (int word = 0; word < words.length; word++) {
            long left = words[word];
            int at = 0;
            while (left != 0) {
                int clear = Long.numberOfTrailingZeros(left);
                left >>>= clear;
                at += clear;
                int set = Long.numberOfTrailingZeros(~left);
                writer.blocks(base + word * 64L + at, set);
                left = set == Long.SIZE ? 0 : left >>> set;
                at += set;
            }
        }
    }
}
