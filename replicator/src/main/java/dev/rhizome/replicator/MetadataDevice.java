package dev.rhizome.replicator;

import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockCodec.Decoded;
import dev.rhizome.core.metadata.SuperblockSlots;
import dev.rhizome.core.metadata.SuperblockSlots.Choice;
import dev.rhizome.uring.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** The metadata of a replica, open for reading, and for writing by a tool. */
final class MetadataDevice implements AutoCloseable {
    private final MetadataPlace place;
    private final Disks disks;
    private final boolean ownsDisks;
    private final MetadataLayout layout;
    private final @Nullable MetadataLayout unfinished;
    private final FileChannel channel;

    private MetadataDevice(
            MetadataPlace place, Disks disks, boolean write, boolean ownsDisks, boolean asNew)
            throws IOException, VolumeException {
        this.place = place;
        this.disks = disks;
        this.ownsDisks = ownsDisks;
        channel =
                write
                        ? FileChannel.open(
                                place.metadata(), StandardOpenOption.READ, StandardOpenOption.WRITE)
                        : FileChannel.open(place.metadata(), StandardOpenOption.READ);
        MetadataLayout whole = disks.layout(place);
        MetadataLocator.Found found =
                asNew ? new MetadataLocator.Found(whole, null) : locator().find();
        layout = found.layout();
        unfinished = found.unfinished();
    }

    private MetadataLocator locator() {
        MetadataLocator.Source metadata = source(disks.metadata());
        MetadataLocator.Source data = place.external() ? source(disks.data()) : metadata;
        return new MetadataLocator(data, metadata, place.resource());
    }

    /** Of the device that holds the metadata; of that with the data only the size is asked for. */
    private MetadataLocator.Source source(Disk disk) {
        return new MetadataLocator.Source() {
            @Override
            public long sizeBytes() {
                return disk.sizeBytes();
            }

            @Override
            public void read(long offsetBytes, ByteBuffer target) throws IOException {
                MetadataDevice.this.read(offsetBytes, target);
            }
        };
    }

    /** Ends a move of the metadata that a crash has cut short, if there is one. */
    void finishMove() throws IOException, VolumeException {
        MetadataLayout old = unfinished;
        if (old != null) {
            try (OpenBytes bytes = OpenBytes.open(place.metadata())) {
                new MetadataMover(bytes, place.resource()).finish(old, layout, superblock());
            }
        }
    }

    /** Whether what was at the end of a smaller device was found. */
    boolean isBehindEnd() throws VolumeException {
        return layout.startBytes() != disks.layout(place).startBytes();
    }

    /** Of disks that a replica has opened, and closes: for reading. */
    static MetadataDevice of(MetadataPlace place, Disks disks) throws IOException, VolumeException {
        return new MetadataDevice(place, disks, false, false, false);
    }

    /** Of disks that no replica uses. */
    static MetadataDevice open(MetadataPlace place, boolean write)
            throws IOException, VolumeException {
        return open(place, write, false);
    }

    /** Of disks that no replica uses, with the place that new metadata has. */
    static MetadataDevice openAsNew(MetadataPlace place) throws IOException, VolumeException {
        return open(place, true, true);
    }

    private static MetadataDevice open(MetadataPlace place, boolean write, boolean asNew)
            throws IOException, VolumeException {
        Disks disks = Disks.forTool(place, write);
        boolean opened = false;
        try {
            MetadataDevice device = new MetadataDevice(place, disks, write, true, asNew);
            opened = true;
            return device;
        } finally {
            if (!opened) {
                disks.close();
            }
        }
    }

    MetadataPlace place() {
        return place;
    }

    MetadataLayout layout() {
        return layout;
    }

    /** What the device has that holds the metadata. */
    long sizeBytes() {
        return disks.metadata().sizeBytes();
    }

    // ---- superblock

    /** One slot of the superblock. */
    Decoded slot(int slot) throws IOException {
        return SuperblockCodec.decode(slotBytes(slot));
    }

    private ByteBuffer slotBytes(int slot) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SuperblockCodec.BYTES);
        read(layout.slotOffsetBytes(slot), bytes);
        return bytes.clear();
    }

    /** Both slots. */
    Choice choice() throws IOException {
        return SuperblockSlots.choose(slotBytes(0), slotBytes(1));
    }

    /**
     * The newer good slot.
     *
     * @throws VolumeException if there is none, or it belongs elsewhere; with what to do
     */
    Superblock superblock() throws IOException, VolumeException {
        Choice choice = choice();
        Superblock superblock = choice.superblock();
        if (superblock != null) {
            requireOwn(superblock);
            String cutOff = tooSmall();
            if (cutOff != null) {
                throw new VolumeException(place.metadata() + ": is cut off: " + cutOff);
            }
            return superblock;
        }
        throw new VolumeException(place.metadata() + ": " + choice.problem() + advice(choice));
    }

    private String advice(Choice choice) throws IOException {
        if (choice.foreign()) {
            return tooSmall() == null
                    ? "; run 'rhizome create-md " + place.resource() + "'"
                    : "; " + tooSmall();
        }
        if (slot(0).tooNew() || slot(1).tooNew()) {
            return "";
        }
        return "; run 'rhizome restore-md --force "
                + place.resource()
                + " FILE' with a dump that was made since the volume was last up; or, if the peer"
                + " has the data, 'rhizome create-md --force "
                + place.resource()
                + "' for a full resync";
    }

    private void requireOwn(Superblock superblock) throws VolumeException {
        if (!superblock.resource().equals(place.resource())) {
            throw new VolumeException(
                    place.metadata()
                            + ": belongs to resource '"
                            + superblock.resource()
                            + "', not '"
                            + place.resource()
                            + "'; is this the right disk?");
        }
        if (superblock.volumeBytes() != layout.volumeBytes()) {
            throw new VolumeException(
                    place.metadata()
                            + ": the metadata is for a volume of "
                            + superblock.volumeBytes()
                            + " bytes, but "
                            + (place.external() ? place.disk() : "the disk")
                            + " has room for "
                            + layout.volumeBytes()
                            + "; was it resized? Give it its old size back");
        }
    }

    /** What is wrong with the size of the metadata's own device; null if it is large enough. */
    @Nullable String tooSmall() {
        long needed = layout.startBytes() + layout.metadataBytes();
        return sizeBytes() >= needed
                ? null
                : "it has "
                        + sizeBytes()
                        + " bytes, and the metadata of "
                        + place.disk()
                        + " needs "
                        + needed;
    }

    // ---- bytes

    /** Fills the target's remaining bytes; what is past the device's end stays. */
    void read(long offsetBytes, ByteBuffer target) throws IOException {
        long at = offsetBytes;
        while (target.hasRemaining()) {
            int read = channel.read(target, at);
            if (read < 0) {
                return;
            }
            at += read;
        }
    }

    /**
     * Writes all remaining bytes.
     *
     * @return how many that were
     */
    int write(long offsetBytes, ByteBuffer bytes) throws IOException {
        int total = bytes.remaining();
        long at = offsetBytes;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
        return total;
    }

    /** What was written is durable after this. */
    void flush() throws IOException {
        channel.force(true);
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            if (ownsDisks) {
                disks.close();
            }
        }
    }

    static String message(IOException e) {
        String text = e.getMessage();
        return text == null ? e.toString() : text;
    }
}
