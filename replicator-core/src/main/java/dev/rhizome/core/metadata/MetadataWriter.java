package dev.rhizome.core.metadata;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.activitylog.ActivityLog;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.disk.BackingDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Brings superblock, activity log and bitmap to the disk: one write at a time (INV-08), in an order
 * that keeps their promises. Pages of the bitmap that something waits for come first, since a
 * transaction may give up the extents whose bits they hold (INV-07); an emptied log comes before
 * the superblock that tells of a settled crash or a clean end. Otherwise log and superblock take
 * turns.
 */
public final class MetadataWriter {

    private enum Part {
        NONE,
        BITMAP,
        ACTIVITY_LOG,
        SUPERBLOCK
    }

    private final BackingDevice device;
    private final MetadataKeeper superblock;
    private MetadataLayout layout;
    private ActivityLog log;
    private boolean paused;
    private final Bitmap bitmap;
    private final ByteBuffer image =
            ByteBuffer.allocate(Bitmap.MAX_RUN_PAGES * SuperblockCodec.BYTES)
                    .order(ByteOrder.BIG_ENDIAN);
    private Part inFlight = Part.NONE;
    private boolean logWasLast;
    private long bitmapWrites;
    private long logWrites;

    /**
     * @param device where writes go
     * @param layout where they go on the disk
     * @param superblock the superblock
     * @param log the activity log
     * @param bitmap the bitmap
     */
    public MetadataWriter(
            BackingDevice device,
            MetadataLayout layout,
            MetadataKeeper superblock,
            ActivityLog log,
            Bitmap bitmap) {
        this.device = device;
        this.layout = layout;
        this.superblock = superblock;
        this.log = log;
        this.bitmap = bitmap;
    }

    /** Starts the next write if one is wanted and none is under way. */
    public void progress() {
        if (inFlight != Part.NONE || paused || !superblock.usable()) {
            return;
        }
        inFlight = next();
        long at;
        switch (inFlight) {
            case BITMAP -> {
                at = layout.bitmapOffsetBytes(bitmap.beginWrite(image));
                bitmapWrites++;
            }
            case ACTIVITY_LOG -> {
                at = layout.activityLogOffsetBytes(log.beginWrite(image));
                logWrites++;
            }
            case SUPERBLOCK -> at = layout.slotOffsetBytes(superblock.beginWrite(image));
            default -> {
                return;
            }
        }
        if (inFlight != Part.BITMAP) {
            logWasLast = inFlight == Part.ACTIVITY_LOG;
        }
        device.writeMetadata(at, image);
    }

    private Part next() {
        if (bitmap.wantsWrite()) {
            return Part.BITMAP;
        }
        boolean wantsLog = log.wantsTransaction();
        boolean wantsSuperblock = superblock.wantsWrite() && !log.resetPending();
        if (wantsLog && !(logWasLast && wantsSuperblock)) {
            return Part.ACTIVITY_LOG;
        }
        return wantsSuperblock ? Part.SUPERBLOCK : Part.NONE;
    }

    /**
     * A write has ended.
     *
     * @return whether it succeeded; if not, the disk must be detached
     */
    public boolean onDone(boolean succeeded) {
        Invariant.check(inFlight != Part.NONE, "INV-08", "an answer to no metadata write");
        Part part = inFlight;
        inFlight = Part.NONE;
        if (!succeeded) {
            superblock.failWrite();
            return false;
        }
        switch (part) {
            case BITMAP -> bitmap.endWrite();
            case ACTIVITY_LOG -> log.endWrite();
            case SUPERBLOCK -> superblock.endWrite();
            case NONE -> throw new IllegalStateException("checked above");
        }
        return true;
    }

    /** Begins no write until {@link #resume}: the metadata is about to be moved. */
    public void pause() {
        paused = true;
    }

    /** Whether the disk's metadata stands still. */
    public boolean paused() {
        return paused && inFlight == Part.NONE;
    }

    /** Goes on, where the metadata is from now on. */
    public void resume(MetadataLayout at) {
        layout = at;
        paused = false;
    }

    /** Where the metadata is. */
    public MetadataLayout layout() {
        return layout;
    }

    /** The log of a larger volume takes the place of one that is quiet. */
    public void log(ActivityLog larger) {
        log = larger;
    }

    /** Whether nothing is under way, and nothing is wanted that still could be done. */
    public boolean settled() {
        return inFlight == Part.NONE && !paused && (!superblock.usable() || next() == Part.NONE);
    }

    /** Writes to the bitmap since the start. */
    public long bitmapWrites() {
        return bitmapWrites;
    }

    /** Transactions of the activity log since the start. */
    public long logWrites() {
        return logWrites;
    }
}
