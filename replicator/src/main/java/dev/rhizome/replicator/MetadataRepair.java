package dev.rhizome.replicator;

import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.replicator.BitmapPageReader.Condition;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Mends what can be mended without a guess: everything is written as the daemon reads it. The
 * bitmap comes before the log that it makes up for, so that a crash in between loses nothing.
 */
final class MetadataRepair {
    private final MetadataDevice device;
    private final MetadataCheck check;
    private final List<String> done = new ArrayList<>();

    private MetadataRepair(MetadataDevice device, MetadataCheck check) {
        this.device = device;
        this.check = check;
    }

    /**
     * Mends a device.
     *
     * @param check what is wrong with it
     * @return what was written, one line each
     */
    static List<String> mend(MetadataDevice device, MetadataCheck check)
            throws IOException, VolumeException {
        MetadataRepair repair = new MetadataRepair(device, check);
        boolean logIsLost = !check.log().problem().isEmpty();
        if (logIsLost && check.needsLog()) {
            repair.setAllPages();
        } else {
            repair.mendPages();
        }
        boolean extentsBeyond = check.extents().size() < check.log().extents().size();
        if (logIsLost || extentsBeyond) {
            new MetadataImage(device).writeLog(check.extents(), check.log().extentBlocks());
            device.flush();
            repair.done.add(
                    logIsLost
                            ? "activity log: emptied"
                            : "activity log: written without what lies beyond the end");
        }
        repair.mendSlot();
        return repair.done;
    }

    private void setAllPages() throws IOException {
        BitmapPageWriter pages = new BitmapPageWriter(device);
        pages.set(0, device.layout().blocks());
        pages.finish();
        device.flush();
        done.add("bitmap: all bits set");
    }

    private void mendPages() throws IOException {
        ByteBuffer image = ByteBuffer.allocate(BitmapPageCodec.BYTES);
        int[] mended = new int[1];
        new BitmapPageReader(device)
                .visit(
                        (page, condition, words) -> {
                            if (condition != Condition.GOOD) {
                                image.clear();
                                BitmapPageCodec.encode(page, words, 0, image);
                                device.write(device.layout().bitmapOffsetBytes(page), image.flip());
                                mended[0]++;
                            }
                        });
        if (mended[0] > 0) {
            device.flush();
            done.add("bitmap: " + mended[0] + (mended[0] == 1 ? " page" : " pages") + " written");
        }
    }

    private void mendSlot() throws IOException {
        int slot = check.slotToMend();
        Superblock good = check.superblock();
        if (slot >= 0 && good != null) {
            new MetadataImage(device).writeSlot(slot, good);
            done.add("superblock: slot " + slot + " written from slot " + (1 - slot));
        }
    }
}
