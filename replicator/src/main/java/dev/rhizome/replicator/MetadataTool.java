package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockSlots;
import dev.rhizome.core.metadata.SuperblockSlots.Choice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.regex.Pattern;

/** Makes metadata where none is, and keeps what is there from being destroyed unasked. */
final class MetadataTool {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final int HEAD_BYTES = 128 * 1024;

    private MetadataTool() {}

    static CreatedMetadata create(MetadataPlace place, long volumeBytes, boolean force)
            throws IOException, VolumeException {
        requireName(place.resource());
        return onNewDevice(
                place,
                force,
                device -> {
                    MetadataLayout layout = device.layout();
                    long bytes = volumeBytes == 0 ? layout.volumeBytes() : volumeBytes;
                    requireRoom(place, layout, bytes);
                    new MetadataImage(device)
                            .write(
                                    Superblock.created(place.resource(), bytes),
                                    List.of(),
                                    0,
                                    pages -> {});
                    return new CreatedMetadata(bytes, layout.metadataBytes());
                });
    }

    private static void requireRoom(MetadataPlace place, MetadataLayout layout, long bytes)
            throws VolumeException {
        if (bytes > layout.volumeBytes()) {
            throw new VolumeException(
                    place.disk()
                            + ": has room for a volume of "
                            + layout.volumeBytes()
                            + " bytes, not for "
                            + bytes
                            + "; take a larger disk");
        }
        if (bytes < 1 << 20 || bytes % Limits.MIN_SECTOR_BYTES != 0) {
            throw new VolumeException(
                    "a volume cannot have "
                            + bytes
                            + " bytes: it has at least 1 MiB, and whole sectors of "
                            + Limits.MIN_SECTOR_BYTES
                            + " bytes");
        }
    }

    private static void requireName(String resource) throws VolumeException {
        if (!NAME.matcher(resource).matches() || resource.length() > Limits.MAX_NAME_LENGTH) {
            throw new VolumeException(
                    "'"
                            + resource
                            + "' is no resource name: 1 to "
                            + Limits.MAX_NAME_LENGTH
                            + " letters, digits, dots, hyphens, underscores");
        }
    }

    /** What is done with a device whose metadata may be written over. */
    interface Work<T> {
        T on(MetadataDevice device) throws IOException, VolumeException;
    }

    /**
     * Opens a device to write metadata as a whole. A file for external metadata is made if there is
     * none, and taken away again if the work fails.
     *
     * @param force whether what is there may be destroyed
     */
    static <T> T onNewDevice(MetadataPlace place, boolean force, Work<T> work)
            throws IOException, VolumeException {
        try (MetadataFile file = MetadataFile.of(place);
                MetadataDevice device = MetadataDevice.openAsNew(place)) {
            if (device.tooSmall() != null) {
                throw new VolumeException(place.metadata() + ": " + device.tooSmall());
            }
            if (!force) {
                refuseToDestroy(device);
            }
            T result = work.on(device);
            file.keep();
            return result;
        }
    }

    private static void refuseToDestroy(MetadataDevice device) throws IOException, VolumeException {
        MetadataPlace place = device.place();
        Choice found = device.choice();
        if (!found.foreign()) {
            throw new VolumeException(
                    place.metadata()
                            + ": holds Rhizome metadata already"
                            + of(found)
                            + "; --force overwrites it, and with it what the node knows of its"
                            + " data");
        }
        refuseToForget(place);
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        device.read(0, head);
        String signature = Signatures.find(head.flip());
        if (signature != null) {
            throw new VolumeException(
                    place.metadata()
                            + ": looks like "
                            + signature
                            + (place.external() ? "; its first " : "; its last ")
                            + device.layout().metadataBytes()
                            + " bytes would be overwritten; --force does so");
        }
        if (place.external()) {
            refuseToSwallow(place, device.layout());
        }
    }

    /** The device has become larger, and its metadata is where its end was. */
    private static void refuseToForget(MetadataPlace place) throws IOException, VolumeException {
        try (OpenBytes bytes = OpenBytes.open(place.metadata())) {
            boolean earlier =
                    !place.external()
                            && new MetadataLocator(bytes, bytes, place.resource()).findsEarlier();
            if (earlier) {
                throw new VolumeException(
                        place.disk()
                                + ": holds Rhizome metadata of a smaller device, which has grown:"
                                + " bring the volume up, and run 'rhizome resize "
                                + place.resource()
                                + "'; --force begins anew instead");
            }
        }
    }

    /** Internal metadata would become data, and the volume grow: hardly what is wanted. */
    private static void refuseToSwallow(MetadataPlace place, MetadataLayout external)
            throws IOException, VolumeException {
        MetadataLayout internal;
        try {
            internal = MetadataLayout.internal(external.volumeBytes());
        } catch (IllegalArgumentException e) {
            return;
        }
        try (FileChannel data = FileChannel.open(place.disk(), StandardOpenOption.READ)) {
            ByteBuffer[] slots = new ByteBuffer[2];
            for (int slot = 0; slot < 2; slot++) {
                slots[slot] = ByteBuffer.allocate(SuperblockCodec.BYTES);
                data.read(slots[slot], internal.slotOffsetBytes(slot));
            }
            Choice found = SuperblockSlots.choose(slots[0], slots[1]);
            if (!found.foreign()) {
                throw new VolumeException(
                        place.disk()
                                + ": holds internal Rhizome metadata"
                                + of(found)
                                + ", which would become a part of the volume; --force lets it");
            }
        }
    }

    private static String of(Choice found) {
        Superblock superblock = found.superblock();
        return superblock == null ? "" : " (resource '" + superblock.resource() + "')";
    }
}
