package dev.rhizome.replicator.discarded;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Keeps blocks of a disk in a file of their own. The file has its name only once all of it is
 * durable; what a crash leaves ends in {@code .partial}, and goes with the next.
 */
public final class JournalWriter {
    private static final String PARTIAL = ".partial";
    private static final Set<OpenOption> NEW_FILE = Set.of(CREATE_NEW, WRITE);

    /** Whoever may not read the volume's disk may not read what was on it. */
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmssSSS'Z'").withZone(ZoneOffset.UTC);

    /** What stays free beside the kept blocks: the disk may be the system's. */
    private static final long RESERVE_BYTES = 64L << 20;

    private final Path directory;

    /**
     * @param directory where the files are; it is made if it is not there
     */
    public JournalWriter(Path directory) {
        this.directory = directory;
    }

    /** Blocks that follow each other. */
    public record Run(long first, long count) {}

    /**
     * Copies blocks from a disk.
     *
     * @param disk where the volume's bytes are, from offset 0; nobody writes it meanwhile
     * @param runs which blocks, ascending
     * @return what was kept
     * @throws IOException if it cannot be kept, with the reason
     */
    public DiscardedJournal keep(
            Path disk,
            List<Run> runs,
            String resource,
            String node,
            long volumeBytes,
            String generation)
            throws IOException {
        Files.createDirectories(directory);
        removeLeftovers(resource);
        List<Run> pieces = pieces(runs);
        long blocks = pieces.stream().mapToLong(Run::count).sum();
        requireRoom(blocks * DiscardedJournal.BLOCK_BYTES);
        Instant now = Instant.now();
        Path file = directory.resolve(resource + "-" + STAMP.format(now) + DiscardedJournal.SUFFIX);
        Path partial = file.resolveSibling(file.getFileName() + PARTIAL);
        DiscardedJournal journal =
                new DiscardedJournal(file, resource, node, now, volumeBytes, generation, blocks);
        try {
            write(disk, pieces, journal, partial);
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            // Half of it is of no use, and takes the room that an operator is asked to make.
            Files.deleteIfExists(partial);
        }
        try (FileChannel entry = FileChannel.open(directory, READ)) {
            entry.force(true);
        }
        return journal;
    }

    private static void write(Path disk, List<Run> pieces, DiscardedJournal journal, Path partial)
            throws IOException {
        try (FileChannel from = FileChannel.open(disk, READ);
                FileChannel to = FileChannel.open(partial, NEW_FILE, OWNER_ONLY)) {
            byte[] table = copy(from, to, pieces, journal.volumeBytes());
            to.force(true);
            writeFully(to, ByteBuffer.wrap(table), JournalFormat.HEADER_BYTES);
            int crc = JournalFormat.crc(table, 0, table.length);
            JournalFormat.Header header = new JournalFormat.Header(journal, pieces.size(), crc);
            writeFully(to, JournalFormat.encode(header), 0);
            to.force(true);
        }
    }

    private static List<Run> pieces(List<Run> runs) {
        List<Run> pieces = new ArrayList<>();
        for (Run run : runs) {
            for (long done = 0; done < run.count; done += JournalFormat.MAX_RUN_BLOCKS) {
                long count = Math.min(run.count - done, JournalFormat.MAX_RUN_BLOCKS);
                pieces.add(new Run(run.first + done, count));
            }
        }
        return pieces;
    }

    private void requireRoom(long bytes) throws IOException {
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < bytes + RESERVE_BYTES) {
            throw new IOException(
                    directory
                            + " has "
                            + free
                            + " bytes free, and "
                            + bytes
                            + " are to be kept (with 64 MiB to spare)");
        }
    }

    private void removeLeftovers(String resource) throws IOException {
        try (var files =
                Files.newDirectoryStream(
                        directory, resource + "-*" + DiscardedJournal.SUFFIX + PARTIAL)) {
            for (Path left : files) {
                Files.delete(left);
            }
        }
    }

    /** The data goes to its place; the table is what comes of it. */
    private static byte[] copy(FileChannel from, FileChannel to, List<Run> pieces, long volumeBytes)
            throws IOException {
        ByteBuffer table = ByteBuffer.allocate(pieces.size() * JournalFormat.RUN_BYTES);
        long start = JournalFormat.dataStart(pieces.size());
        byte[] memory = new byte[JournalFormat.MAX_RUN_BLOCKS * DiscardedJournal.BLOCK_BYTES];
        for (Run piece : pieces) {
            long offset = piece.first * DiscardedJournal.BLOCK_BYTES;
            int length = length(offset, (int) piece.count, volumeBytes);
            ByteBuffer data = ByteBuffer.wrap(memory, 0, length);
            readFully(from, data, offset);
            table.putLong(piece.first)
                    .putInt((int) piece.count)
                    .putInt(JournalFormat.crc(memory, 0, length));
            writeFully(to, data.flip(), start + offset);
        }
        return table.array();
    }

    /** The last block of a volume may be a part of one. */
    static int length(long offset, int blocks, long volumeBytes) {
        return (int) Math.min((long) blocks * DiscardedJournal.BLOCK_BYTES, volumeBytes - offset);
    }

    static void readFully(FileChannel from, ByteBuffer into, long offset) throws IOException {
        long at = offset;
        while (into.hasRemaining()) {
            int read = from.read(into, at);
            if (read < 0) {
                throw new EOFException("the file ends at byte " + at);
            }
            at += read;
        }
    }

    static void writeFully(FileChannel to, ByteBuffer data, long offset) throws IOException {
        long at = offset;
        while (data.hasRemaining()) {
            at += to.write(data, at);
        }
    }
}
