package dev.rhizome.replicator;

import dev.rhizome.core.activitylog.ActivityLogImage;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Writes metadata as a whole. The slots are wiped first, then come the rest and the new slots: what
 * a crash leaves is the old metadata, none, or the new, but no slot beside what is not its own.
 */
final class MetadataImage {
    private final MetadataDevice device;
    private final MetadataLayout layout;

    MetadataImage(MetadataDevice device) {
        this.device = device;
        layout = device.layout();
    }

    /** Says which blocks are out of sync. */
    interface Runs {
        /** Hands over all of them, ascending. */
        void to(BitmapPageWriter pages) throws IOException, VolumeException;
    }

    /**
     * Writes all of it.
     *
     * @param superblock what both slots are to hold
     * @param extents the active extents of the activity log
     * @param extentBlocks blocks of 4 KiB in one of them
     * @param outOfSync the bitmap
     */
    void write(Superblock superblock, List<Integer> extents, int extentBlocks, Runs outOfSync)
            throws IOException, VolumeException {
        ByteBuffer zeroes = ByteBuffer.allocate(SuperblockCodec.BYTES);
        for (int slot = 0; slot < 2; slot++) {
            device.write(layout.slotOffsetBytes(slot), zeroes.clear());
        }
        device.flush();
        writeLog(extents, extentBlocks);
        device.flush();
        BitmapPageWriter pages = new BitmapPageWriter(device);
        outOfSync.to(pages);
        pages.finish();
        device.flush();
        for (int slot = 0; slot < 2; slot++) {
            writeSlot(slot, superblock);
        }
    }

    /** Writes a ring that replays to these extents; without any it is blank. */
    void writeLog(List<Integer> extents, int extentBlocks) throws IOException {
        ByteBuffer ring = ByteBuffer.allocate(layout.activityLogBlocks() * SuperblockCodec.BYTES);
        ActivityLogImage.encode(extents, extentBlocks, ring);
        device.write(layout.activityLogOffsetBytes(0), ring.clear());
    }

    /** Writes one slot, durably. */
    void writeSlot(int slot, Superblock superblock) throws IOException {
        ByteBuffer image = ByteBuffer.allocate(SuperblockCodec.BYTES);
        SuperblockCodec.encode(superblock, image);
        device.write(layout.slotOffsetBytes(slot), image);
        device.flush();
    }
}
