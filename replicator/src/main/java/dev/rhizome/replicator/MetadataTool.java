package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.metadata.SuperblockSlots;
import dev.rhizome.core.metadata.SuperblockSlots.Choice;
import dev.rhizome.uring.Disk;
import dev.rhizome.uring.DiskOptions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes and reads metadata on a disk that no replica uses. */
final class MetadataTool {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final int HEAD_BYTES = 128 * 1024;
    private static final int CHUNK_BYTES = 1 << 20;

    private MetadataTool() {}

    static CreatedMetadata create(Path path, String resource, boolean force)
            throws VolumeException {
        if (!NAME.matcher(resource).matches() || resource.length() > Limits.MAX_NAME_LENGTH) {
            throw new VolumeException(
                    "'"
                            + resource
                            + "' is no resource name: 1 to "
                            + Limits.MAX_NAME_LENGTH
                            + " letters, digits, dots, hyphens, underscores");
        }
        try (Disk lock = Disk.open(path, new DiskOptions(false, false));
                FileChannel disk =
                        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MetadataLayout layout = layout(path, lock.sizeBytes());
            if (!force) {
                refuseToDestroy(path, disk, layout);
            }
            write(disk, layout, Superblock.created(resource, layout.volumeBytes()));
            return new CreatedMetadata(layout.volumeBytes(), layout.metadataBytes());
        } catch (IOException e) {
            throw new VolumeException(message(e), e);
        }
    }

    static MetadataLayout layout(Path path, long sizeBytes) throws VolumeException {
        try {
            return MetadataLayout.internal(sizeBytes);
        } catch (IllegalArgumentException e) {
            throw new VolumeException(path + ": " + e.getMessage(), e);
        }
    }

    private static void refuseToDestroy(Path path, FileChannel disk, MetadataLayout layout)
            throws IOException, VolumeException {
        Choice found = read(disk, layout);
        if (!found.foreign()) {
            Superblock superblock = found.superblock();
            throw new VolumeException(
                    path
                            + ": holds Rhizome metadata already"
                            + (superblock == null
                                    ? ""
                                    : " (resource '" + superblock.resource() + "')")
                            + "; --force overwrites it, and with it what the node knows of its"
                            + " data");
        }
        ByteBuffer head = ByteBuffer.allocate(HEAD_BYTES);
        fill(disk, head, 0);
        String signature = Signatures.find(head.flip());
        if (signature != null) {
            throw new VolumeException(
                    path
                            + ": looks like "
                            + signature
                            + "; its last "
                            + layout.metadataBytes()
                            + " bytes would be overwritten; --force does so");
        }
    }

    /** Both slots of a disk. */
    static Choice read(FileChannel disk, MetadataLayout layout) throws IOException {
        return SuperblockSlots.choose(slot(disk, layout, 0), slot(disk, layout, 1));
    }

    private static ByteBuffer slot(FileChannel disk, MetadataLayout layout, int slot)
            throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(SuperblockCodec.BYTES);
        fill(disk, bytes, layout.slotOffsetBytes(slot));
        return bytes.flip().limit(SuperblockCodec.BYTES);
    }

    /**
     * Wipes the slots first, then the rest, then writes the new ones: what a crash leaves is the
     * old metadata whole, none, or the new.
     */
    private static void write(FileChannel disk, MetadataLayout layout, Superblock superblock)
            throws IOException {
        ByteBuffer zeroes = ByteBuffer.allocateDirect(CHUNK_BYTES);
        for (int slot = 0; slot < 2; slot++) {
            long at = layout.slotOffsetBytes(slot);
            writeAll(disk, zeroes.clear().limit(SuperblockCodec.BYTES), at);
        }
        disk.force(true);
        for (long at = layout.startBytes(); at < layout.bitmapOffsetBytes(0); ) {
            zeroes.clear().limit((int) Math.min(CHUNK_BYTES, layout.bitmapOffsetBytes(0) - at));
            at += writeAll(disk, zeroes, at);
        }
        writePages(disk, layout);
        disk.force(true);
        ByteBuffer image = ByteBuffer.allocate(SuperblockCodec.BYTES);
        for (int slot = 0; slot < 2; slot++) {
            SuperblockCodec.encode(superblock, image);
            writeAll(disk, image, layout.slotOffsetBytes(slot));
            disk.force(true);
        }
    }

    /** Every page of the bitmap, without a bit set: a page of zeroes would read as damaged. */
    private static void writePages(FileChannel disk, MetadataLayout layout) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        long[] none = new long[0];
        for (int page = 0; page < layout.bitmapPages(); ) {
            long at = layout.bitmapOffsetBytes(page);
            chunk.clear();
            while (page < layout.bitmapPages() && chunk.hasRemaining()) {
                BitmapPageCodec.encode(page, none, 0, chunk);
                page++;
            }
            writeAll(disk, chunk.flip(), at);
        }
    }

    private static int writeAll(FileChannel disk, ByteBuffer bytes, long offsetBytes)
            throws IOException {
        int total = bytes.remaining();
        long at = offsetBytes;
        while (bytes.hasRemaining()) {
            at += disk.write(bytes, at);
        }
        return total;
    }

    static void fill(FileChannel disk, ByteBuffer target, long offsetBytes) throws IOException {
        long at = offsetBytes;
        while (target.hasRemaining()) {
            int read = disk.read(target, at);
            if (read < 0) {
                return;
            }
            at += read;
        }
    }

    static String message(IOException e) {
        @Nullable String text = e.getMessage();
        return text == null ? e.toString() : text;
    }
}
