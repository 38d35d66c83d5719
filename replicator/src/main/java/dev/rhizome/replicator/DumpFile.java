package dev.rhizome.replicator;

import dev.rhizome.core.dump.DumpException;
import dev.rhizome.core.dump.DumpParser;
import dev.rhizome.core.dump.MetadataDump;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Reads the file of a dump, line by line. */
final class DumpFile {
    private static final int MAX_LINE_CHARACTERS = 4096;
    private static final int BUFFER_BYTES = 64 * 1024;

    private DumpFile() {}

    /** Takes the runs of blocks. */
    interface BlockRuns {
        void run(long first, long count) throws IOException;
    }

    /**
     * Reads all of it.
     *
     * @param runs takes the blocks that may differ, ascending
     * @return the rest
     * @throws VolumeException if it is no dump, with the line
     */
    static MetadataDump read(Path file, BlockRuns runs) throws IOException, VolumeException {
        if (!Files.isRegularFile(file)) {
            throw new VolumeException(
                    file
                            + (Files.exists(file)
                                    ? ": is not a file; a dump is read twice"
                                    : ": there is no such file"));
        }
        DumpParser parser = new DumpParser();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            String line = nextLine(in);
            while (line != null) {
                if (parser.line(line)) {
                    runs.run(parser.firstBlock(), parser.blockCount());
                }
                line = nextLine(in);
            }
            return parser.end();
        } catch (DumpException e) {
            throw new VolumeException(file + ":" + e.line() + ": " + e.getMessage(), e);
        }
    }

    /** A longer line is cut: no dump has one, and whatever it begins with is said to be wrong. */
    private static @Nullable String nextLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        int next = in.read();
        if (next < 0) {
            return null;
        }
        while (next >= 0 && next != '\n') {
            if (line.length() < MAX_LINE_CHARACTERS) {
                line.append((char) next);
            }
            next = in.read();
        }
        return line.toString();
    }
}
