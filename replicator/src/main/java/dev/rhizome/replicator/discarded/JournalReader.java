package dev.rhizome.replicator.discarded;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads files of kept blocks; believes nothing that its checksums do not confirm. */
public final class JournalReader {
    private static final int MAX_RUNS = 1 << 24;

    private JournalReader() {}

    /** A file that is not what it should be, for a person, in one line. */
    public static final class JournalException extends Exception {
        private static final long serialVersionUID = 1L;

        JournalException(String message) {
            super(message);
        }
    }

    /**
     * What a directory holds, oldest first.
     *
     * @param problems takes a line for each file that is damaged
     */
    public static List<DiscardedJournal> list(Path directory, List<String> problems)
            throws IOException {
        List<DiscardedJournal> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        List<Path> files = new ArrayList<>();
        try (var stream = Files.newDirectoryStream(directory, "*" + DiscardedJournal.SUFFIX)) {
            stream.forEach(files::add);
        }
        files.sort(null);
        for (Path file : files) {
            try {
                found.add(describe(file));
            } catch (JournalException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        return found;
    }

    /** What one file is about. */
    public static DiscardedJournal describe(Path file) throws IOException, JournalException {
        try (FileChannel from = open(file)) {
            return header(file, from).journal();
        }
    }

    /**
     * Puts the kept blocks where they lay.
     *
     * @param target a new file, which is made as large as the volume was, with holes where nothing
     *     was kept; or with {@code onto} an image or device that is there already
     * @return what was put there
     */
    public static DiscardedJournal extract(Path file, Path target, boolean onto)
            throws IOException, JournalException {
        try (FileChannel from = open(file)) {
            JournalFormat.Header header = header(file, from);
            byte[] table = table(file, from, header);
            try (FileChannel to = target(target, onto)) {
                copy(file, from, to, header, ByteBuffer.wrap(table));
                long last = header.journal().volumeBytes();
                if (!onto && to.size() < last) {
                    JournalWriter.writeFully(to, ByteBuffer.allocate(1), last - 1);
                }
                to.force(true);
            }
            return header.journal();
        }
    }

    private static FileChannel open(Path file) throws IOException, JournalException {
        try {
            return FileChannel.open(file, READ);
        } catch (NoSuchFileException e) {
            throw new JournalException(
                    file + " is not there; 'rhizome discarded list' says what is");
        }
    }

    private static FileChannel target(Path target, boolean onto)
            throws IOException, JournalException {
        try {
            return onto
                    ? FileChannel.open(target, WRITE)
                    : FileChannel.open(target, CREATE_NEW, WRITE);
        } catch (FileAlreadyExistsException e) {
            throw new JournalException(
                    target + " is there already: name a new file, or say --onto to write over it");
        } catch (NoSuchFileException e) {
            throw new JournalException(
                    target + (onto ? " is not there: leave --onto out" : ": no such directory"));
        }
    }

    private static JournalFormat.Header header(Path file, FileChannel from)
            throws IOException, JournalException {
        byte[] bytes = new byte[JournalFormat.HEADER_BYTES];
        try {
            JournalWriter.readFully(from, ByteBuffer.wrap(bytes), 0);
        } catch (EOFException e) {
            throw new JournalException(file + " is no file of kept blocks: it is too short");
        }
        JournalFormat.Header header = JournalFormat.decode(file, bytes);
        if (header == null || header.runs() < 0 || header.runs() > MAX_RUNS) {
            throw new JournalException(
                    file + " is no file of kept blocks, or damaged: its header is not whole");
        }
        return header;
    }

    private static byte[] table(Path file, FileChannel from, JournalFormat.Header header)
            throws IOException, JournalException {
        byte[] table = new byte[header.runs() * JournalFormat.RUN_BYTES];
        try {
            JournalWriter.readFully(from, ByteBuffer.wrap(table), JournalFormat.HEADER_BYTES);
        } catch (EOFException e) {
            throw new JournalException(file + " is damaged: it is cut off");
        }
        if (JournalFormat.crc(table, 0, table.length) != header.tableCrc()) {
            throw new JournalException(file + " is damaged: its table is not whole");
        }
        return table;
    }

    private static void copy(
            Path file,
            FileChannel from,
            FileChannel to,
            JournalFormat.Header header,
            ByteBuffer table)
            throws IOException, JournalException {
        long start = JournalFormat.dataStart(header.runs());
        byte[] memory = new byte[JournalFormat.MAX_RUN_BLOCKS * DiscardedJournal.BLOCK_BYTES];
        while (table.hasRemaining()) {
            long offset = table.getLong() * DiscardedJournal.BLOCK_BYTES;
            int length =
                    JournalWriter.length(offset, table.getInt(), header.journal().volumeBytes());
            int crc = table.getInt();
            ByteBuffer data = ByteBuffer.wrap(memory, 0, length);
            JournalWriter.readFully(from, data, start + offset);
            if (JournalFormat.crc(memory, 0, length) != crc) {
                throw new JournalException(
                        file + " is damaged: the blocks at byte " + offset + " are not as kept");
            }
            JournalWriter.writeFully(to, data.flip(), offset);
        }
    }
}
