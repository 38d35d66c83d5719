package dev.rhizome.core.disk;

import dev.rhizome.core.Limits;
import dev.rhizome.core.ReplicaConfig;
import dev.rhizome.core.activitylog.ActivityLog;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.generation.Cover;
import dev.rhizome.core.generation.GenerationSource;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.MetadataKeeper;
import dev.rhizome.core.metadata.MetadataWriter;
import java.util.function.LongSupplier;

/**
 * What one disk remembers, from its attachment on; another disk brings its own.
 *
 * @param metadata the superblock
 * @param bitmap which blocks may differ from the peer's
 * @param log where changes may be under way
 * @param writer brings all that to the disk
 * @param cover whether the peer's lack of a write is on record
 */
public record DiskMemory(
        MetadataKeeper metadata,
        Bitmap bitmap,
        ActivityLog log,
        MetadataWriter writer,
        Cover cover) {

    /** For a volume that has become larger; what is new is the same on both nodes. */
    public DiskMemory grown(ReplicaConfig config, long largerBytes) {
        // The old log stands for bits that are not on the disk; the new one does not.
        bitmap.requireAll();
        bitmap.grow((largerBytes + Limits.BLOCK_BYTES - 1) / Limits.BLOCK_BYTES);
        ActivityLog larger =
                log(config, bitmap, writer.layout().activityLogBlocks(), log.sequence());
        larger.reset();
        writer.log(larger);
        return new DiskMemory(metadata, bitmap, larger, writer, cover);
    }

    /** As a disk was found. */
    public static DiskMemory of(
            ReplicaConfig config,
            BackingDevice device,
            GenerationSource source,
            LongSupplier wallClockMs,
            AttachedMetadata attached) {
        MetadataKeeper metadata =
                new MetadataKeeper(source, attached.superblock(), attached.behindSlot());
        ActivityLog log =
                log(
                        config,
                        attached.bitmap(),
                        attached.layout().activityLogBlocks(),
                        attached.log().lastSequence());
        return new DiskMemory(
                metadata,
                attached.bitmap(),
                log,
                new MetadataWriter(device, attached.layout(), metadata, log, attached.bitmap()),
                new Cover(metadata, wallClockMs));
    }

    private static ActivityLog log(
            ReplicaConfig config, Bitmap bitmap, int ringBlocks, long lastSequence) {
        return new ActivityLog(
                bitmap,
                config.tuning().extentBlocks(),
                config.tuning().activityLogExtents(),
                ringBlocks,
                lastSequence);
    }
}
