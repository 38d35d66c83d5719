package dev.rhizome.uring;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Where a test's disk is. */
enum Place {
    /** A file system with O_DIRECT, where the temporary directory has one. */
    DIRECT,
    /** The page cache. */
    CACHED,
    /** A tmpfs, which zeroes no ranges by itself. */
    TMPFS;

    private static final Path SHARED_MEMORY = Path.of("/dev/shm");

    /** A directory there, or the test is skipped. */
    Path directory(Path temporary) throws IOException {
        if (this != TMPFS) {
            return temporary;
        }
        boolean there =
                Files.isWritable(SHARED_MEMORY)
                        && Files.getFileStore(SHARED_MEMORY).type().equals("tmpfs");
        skipUnless(there, "no writable tmpfs at " + SHARED_MEMORY);
        return Files.createTempDirectory(SHARED_MEMORY, "rhizome-test");
    }

    DiskOptions options() {
        return new DiskOptions(this != CACHED, false);
    }

    static Path file(Path directory, String name, long sizeBytes) throws IOException {
        Path path = directory.resolve(name);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(sizeBytes);
        }
        return path;
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Skips the test with a reason that a person sees. */
    static void skipUnless(boolean possible, String reason) {
        if (!possible) {
            System.out.println("skipped: " + reason);
        }
        Assumptions.assumeTrue(possible, reason);
    }
}
