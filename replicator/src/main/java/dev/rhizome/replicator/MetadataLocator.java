package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockSlots;
import dev.rhizome.core.metadata.SuperblockSlots.Choice;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds metadata on a device that may have become larger since it was written. Internal metadata is
 * at the device's end, or where a {@link MoveRecord} there says, or at what was the end before: the
 * device is searched for it from its end on. External metadata says itself how large the volume is.
 */
final class MetadataLocator {

    /** A device that has grown by more is not searched: that would take minutes. */
    private static final long SEARCH_BYTES = 16L << 30;

    private static final int CHUNK_BYTES = 1 << 20;

    /** A device to be read. */
    interface Source {
        /** Its size. */
        long sizeBytes() throws IOException;

        /** Fills the target's remaining bytes; what is past the end stays. */
        void read(long offsetBytes, ByteBuffer target) throws IOException;
    }

    private final Source data;
    private final Source metadata;
    private final String resource;

    /**
     * @param metadata the same as the data for internal metadata
     */
    MetadataLocator(Source data, Source metadata, String resource) {
        this.data = data;
        this.metadata = metadata;
        this.resource = resource;
    }

    /**
     * What was found.
     *
     * @param layout where the metadata is
     * @param unfinished where it was before a move that only lacks its end; null if there is none
     */
    record Found(MetadataLayout layout, @Nullable MetadataLayout unfinished) {}

    /**
     * Finds it, or says where it would be.
     *
     * @throws IllegalArgumentException if the device is too small or too large for any
     */
    Found find() throws IOException {
        return data == metadata ? internal() : new Found(external(), null);
    }

    /** Whether there is internal metadata where a smaller device had its end. */
    boolean findsEarlier() throws IOException {
        long deviceBytes = metadata.sizeBytes();
        MetadataLayout here = MetadataLayout.internal(deviceBytes);
        return find().layout().startBytes() != here.startBytes();
    }

    private MetadataLayout external() throws IOException {
        long dataBytes = data.sizeBytes();
        MetadataLayout whole = MetadataLayout.external(dataBytes);
        Superblock first = own(block(0));
        if (first == null || first.volumeBytes() >= whole.volumeBytes()) {
            return whole;
        }
        MetadataLayout own =
                MetadataLayout.external(first.volumeBytes(), whole.activityLogBlocks());
        return own.withCapacityBytes(capacity(own, whole.volumeBytes()));
    }

    /** External metadata stays where it is, so its bitmap has the pages that it has. */
    static long capacity(MetadataLayout external, long dataBytes) {
        long possible = dataBytes / Limits.BLOCK_BYTES * Limits.BLOCK_BYTES;
        return external.bitmapHolds(possible)
                ? Math.max(possible, external.volumeBytes())
                : external.largestBytes();
    }

    private Found internal() throws IOException {
        long deviceBytes = metadata.sizeBytes();
        MetadataLayout here = MetadataLayout.internal(deviceBytes);
        ByteBuffer first = block(here.slotOffsetBytes(0));
        ByteBuffer second = block(here.slotOffsetBytes(1));
        MoveRecord moved = MoveRecord.decode(second.duplicate());
        Superblock inFirst = own(first.duplicate());
        if (moved != null && moved.resource().equals(resource)) {
            if (inFirst != null && inFirst.volumeBytes() <= here.startBytes()) {
                MetadataLayout old = moved.layout(inFirst.volumeBytes(), here.capacityBytes());
                return new Found(here.withVolumeBytes(inFirst.volumeBytes()), old);
            }
            return new Found(sized(moved.layout(0, here.capacityBytes())), null);
        }
        Choice choice = SuperblockSlots.choose(first, second);
        Superblock superblock = choice.superblock();
        if (superblock == null || superblock.volumeBytes() > here.startBytes()) {
            MetadataLayout earlier = choice.foreign() ? search(deviceBytes, here) : null;
            return new Found(earlier == null ? here : earlier, null);
        }
        // One slot alone, of a smaller volume, may be a copy that was put there.
        boolean certain = choice.behindSlot() < 0 || superblock.volumeBytes() == here.volumeBytes();
        MetadataLayout earlier = certain ? null : search(deviceBytes, here);
        MetadataLayout own = here.withVolumeBytes(superblock.volumeBytes());
        return new Found(earlier == null ? own : earlier, null);
    }

    /** How large the volume is that has its metadata there. */
    private MetadataLayout sized(MetadataLayout place) throws IOException {
        Choice choice =
                SuperblockSlots.choose(
                        block(place.slotOffsetBytes(0)), block(place.slotOffsetBytes(1)));
        Superblock superblock = choice.superblock();
        long bytes = superblock == null ? place.startBytes() : superblock.volumeBytes();
        return place.withVolumeBytes(bytes);
    }

    /**
     * Where the device ended when the metadata was written: both slots are there, of this resource,
     * and one change apart at most. What holds a copy of a slot by chance does not have both.
     */
    private @Nullable MetadataLayout search(long deviceBytes, MetadataLayout here)
            throws IOException {
        long end = deviceBytes / SuperblockCodec.BYTES * SuperblockCodec.BYTES;
        long lowest = Math.max(0, end - SEARCH_BYTES);
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
        while (end > lowest) {
            long from = Math.max(lowest, end - CHUNK_BYTES);
            chunk.clear().limit((int) (end - from));
            metadata.read(from, chunk);
            for (int at = chunk.limit() - SuperblockCodec.BYTES;
                    at >= 0;
                    at -= SuperblockCodec.BYTES) {
                if (chunk.getLong(at) == SuperblockCodec.MAGIC) {
                    MetadataLayout found =
                            at(from + at, chunk.slice(at, SuperblockCodec.BYTES), here);
                    if (found != null) {
                        return found;
                    }
                }
            }
            end = from;
        }
        return null;
    }

    private @Nullable MetadataLayout at(long slotOneBytes, ByteBuffer slot, MetadataLayout here)
            throws IOException {
        Superblock second = own(slot);
        if (second == null) {
            return null;
        }
        MetadataLayout place;
        try {
            place = MetadataLayout.internal(slotOneBytes + SuperblockCodec.BYTES);
        } catch (IllegalArgumentException e) {
            return null;
        }
        Superblock first = own(block(place.slotOffsetBytes(0)));
        boolean both =
                first != null
                        && Math.abs(first.sequence() - second.sequence()) <= 1
                        && first.volumeBytes() <= place.startBytes();
        return both ? sized(place).withCapacityBytes(capacity(place, here)) : null;
    }

    /** Moved metadata must not overlap itself. */
    static long capacity(MetadataLayout place, MetadataLayout here) {
        boolean apart = here.startBytes() >= place.startBytes() + place.metadataBytes();
        return apart ? here.capacityBytes() : place.startBytes();
    }

    private @Nullable Superblock own(ByteBuffer slot) {
        Superblock superblock = SuperblockCodec.decode(slot).superblock();
        return superblock != null && superblock.resource().equals(resource) ? superblock : null;
    }

    private ByteBuffer block(long offsetBytes) throws IOException {
        ByteBuffer block = ByteBuffer.allocate(SuperblockCodec.BYTES);
        metadata.read(offsetBytes, block);
        return block.clear();
    }
}
