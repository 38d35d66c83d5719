package dev.rhizome.core.metadata;

import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a disk remembers, as it was found: the start of a replica.
 *
 * @param layout where it is on the disk
 * @param superblock the newer good slot
 * @param behindSlot the slot that does not hold that superblock, damaged or older; -1 if both do
 * @param bitmap which blocks may differ; pages that are damaged read as all set
 * @param log which extents may have had changes under way; damaged, it stands for all
 * @param warnings what is damaged, one line each for a person
 */
public record AttachedMetadata(
        MetadataLayout layout,
        Superblock superblock,
        int behindSlot,
        Bitmap bitmap,
        ActivityLogContents log,
        List<String> warnings) {

    private static final int PAGES_PER_READ = 256;

    /** Copies the warnings. */
    public AttachedMetadata {
        warnings = List.copyOf(warnings);
    }

    /**
     * Reads bytes of the device that holds the metadata.
     *
     * @param <E> how it fails
     */
    public interface Source<E extends Exception> {
        /** Fills the target's remaining bytes from this offset; what is past the end stays. */
        void read(long offsetBytes, ByteBuffer target) throws E;
    }

    /**
     * Reads activity log and bitmap (INV-08: what is damaged is reported, and taken for the worst).
     *
     * @param behindSlot see {@link SuperblockSlots.Choice}
     * @throws E if the device cannot be read
     */
    public static <E extends Exception> AttachedMetadata read(
            MetadataLayout layout, Superblock superblock, int behindSlot, Source<E> source)
            throws E {
        List<String> warnings = new ArrayList<>();
        ByteBuffer ring = ByteBuffer.allocate(layout.activityLogBlocks() * SuperblockCodec.BYTES);
        source.read(layout.activityLogOffsetBytes(0), ring);
        ActivityLogContents log = ActivityLogContents.read(ring.clear());
        if (!log.problem().isEmpty()) {
            warnings.add("activity log: " + log.problem() + "; all blocks count as different");
        }
        Bitmap bitmap = new Bitmap(layout.blocks());
        readBitmap(layout, source, bitmap, warnings);
        return new AttachedMetadata(layout, superblock, behindSlot, bitmap, log, warnings);
    }

    private static <E extends Exception> void readBitmap(
            MetadataLayout layout, Source<E> source, Bitmap bitmap, List<String> warnings)
            throws E {
        int most = Math.min(PAGES_PER_READ, bitmap.pages());
        ByteBuffer chunk = ByteBuffer.allocate(most * BitmapPageCodec.BYTES);
        int damaged = 0;
        int firstDamaged = 0;
        for (int page = 0; page < bitmap.pages(); ) {
            int pages = Math.min(most, bitmap.pages() - page);
            chunk.clear().limit(pages * BitmapPageCodec.BYTES);
            source.read(layout.bitmapOffsetBytes(page), chunk);
            chunk.flip().limit(pages * BitmapPageCodec.BYTES);
            for (int end = page + pages; page < end; page++) {
                if (!bitmap.load(page, chunk)) {
                    firstDamaged = damaged == 0 ? page : firstDamaged;
                    damaged++;
                }
            }
        }
        if (damaged > 0) {
            warnings.add(
                    "bitmap: "
                            + damaged
                            + " damaged page"
                            + (damaged == 1 ? "" : "s")
                            + ", the first one number "
                            + firstDamaged
                            + "; their blocks count as different");
        }
    }

    /** Fresh metadata of a volume without data. */
    public static AttachedMetadata created(String resource, MetadataLayout layout) {
        return new AttachedMetadata(
                layout,
                Superblock.created(resource, layout.volumeBytes()),
                -1,
                new Bitmap(layout.blocks()),
                ActivityLogContents.none(),
                List.of());
    }
}
