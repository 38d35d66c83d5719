package dev.rhizome.replicator;

import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockSlots;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Moves internal metadata, which nothing writes meanwhile, to the end of a device that has become
 * larger. A crash leaves it in its old place, or in its new one, never in both or none:
 *
 * <ol>
 *   <li>the new slot 0 is wiped, and where slot 1 is to be a {@link MoveRecord} tells where the
 *       metadata is
 *   <li>activity log and bitmap are written to the new place, and then slot 0: from now on the new
 *       place counts
 *   <li>the old place, which is data by now, is zeroed, and then slot 1 written over the record
 * </ol>
 *
 * {@link MetadataLocator} reads what a crash has left.
 */
final class MetadataMover {
    private static final int CHUNK_BYTES = 256 * SuperblockCodec.BYTES;

    private final RawBytes bytes;
    private final String resource;

    MetadataMover(RawBytes bytes, String resource) {
        this.bytes = bytes;
        this.resource = resource;
    }

    /** Moving has failed where it is not known which place counts. */
    static final class Torn extends IOException {
        private static final long serialVersionUID = 1L;

        Torn(IOException cause) {
            super(MetadataDevice.message(cause), cause);
        }
    }

    /**
     * Moves it.
     *
     * @throws Torn if it cannot be told where it is now
     * @throws IOException if it is where it was
     */
    void move(MetadataLayout from, MetadataLayout to) throws IOException {
        Superblock superblock = superblock(from);
        ByteBuffer zeroes = ByteBuffer.allocate(SuperblockCodec.BYTES);
        bytes.write(to.slotOffsetBytes(0), zeroes);
        bytes.sync();
        bytes.write(to.slotOffsetBytes(1), MoveRecord.of(resource, from).encode());
        bytes.sync();
        copy(from.activityLogOffsetBytes(0), to.activityLogOffsetBytes(0), ringBytes(from));
        copyBitmap(from, to);
        bytes.sync();
        try {
            writeSlot(to, 0, superblock);
            finish(from, to, superblock);
        } catch (IOException e) {
            throw new Torn(e);
        }
    }

    /** Zeroes the old place and writes the second slot: all that is left once slot 0 counts. */
    void finish(MetadataLayout from, MetadataLayout to, Superblock superblock) throws IOException {
        bytes.zero(from.startBytes(), from.metadataBytes());
        bytes.sync();
        writeSlot(to, 1, superblock);
    }

    private Superblock superblock(MetadataLayout layout) throws IOException {
        ByteBuffer[] slots = {block(layout.slotOffsetBytes(0)), block(layout.slotOffsetBytes(1))};
        Superblock found = SuperblockSlots.choose(slots[0], slots[1]).superblock();
        if (found == null) {
            throw new IOException("the metadata cannot be read any more");
        }
        return found;
    }

    private ByteBuffer block(long offsetBytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(SuperblockCodec.BYTES);
        bytes.read(offsetBytes, block);
        return block.clear();
    }

    private static long ringBytes(MetadataLayout layout) {
        return (long) layout.activityLogBlocks() * SuperblockCodec.BYTES;
    }

    private void copyBitmap(MetadataLayout from, MetadataLayout to) throws IOException {
        long oldBytes = (long) from.bitmapPages() * BitmapPageCodec.BYTES;
        copy(from.bitmapOffsetBytes(0), to.bitmapOffsetBytes(0), oldBytes);
        long[] none = {};
        ByteBuffer page = ByteBuffer.allocate(BitmapPageCodec.BYTES);
        for (int number = from.bitmapPages(); number < to.bitmapPages(); number++) {
            page.clear();
            BitmapPageCodec.encode(number, none, 0, page);
            bytes.write(to.bitmapOffsetBytes(number), page.flip());
        }
    }

    private void copy(long from, long to, long lengthBytes) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        for (long done = 0; done < lengthBytes; done += CHUNK_BYTES) {
            int count = (int) Math.min(CHUNK_BYTES, lengthBytes - done);
            chunk.clear().limit(count);
            bytes.read(from + done, chunk);
            bytes.write(to + done, chunk.clear().limit(count));
        }
    }

    private void writeSlot(MetadataLayout layout, int slot, Superblock superblock)
            throws IOException {
        ByteBuffer image = ByteBuffer.allocate(SuperblockCodec.BYTES);
        SuperblockCodec.encode(superblock, image);
        bytes.write(layout.slotOffsetBytes(slot), image);
        bytes.sync();
    }
}
