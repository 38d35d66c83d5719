package dev.rhizome.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A node's disk that fails or hangs when told to: nbdkit's error filter under FUSE, in a mount
 * namespace that only the node's daemon is in (faulty-disk.sh). The bytes are in a file, as usual.
 */
final class FaultyDisk {
    private final Path folder;
    private final Path bytes;

    private FaultyDisk(Path folder, Path bytes) {
        this.folder = folder;
        this.bytes = bytes;
    }

    /** Skips the test where there is no nbdkit, no FUSE, or no namespace to be had. */
    static void requireWhatItTakes() {
        MountedScript.requireWhatItTakes();
        for (String program : List.of("nbdkit", "nbdfuse")) {
            if (Tool.run("which", program).exitCode() != 0) {
                Tool.skip("no " + program + " here");
            }
        }
    }

    /** Puts it between a node, which has not been started, and its disk. */
    static FaultyDisk under(NodeProcess node, Path folder) throws IOException {
        Path own = Files.createDirectories(folder.resolve(node.name() + ".faulty"));
        Path bytes = own.resolve("bytes");
        Files.move(node.disk(), bytes);
        Files.createFile(node.disk());
        node.within(
                MountedScript.command(
                        "faulty-disk.sh",
                        own.toString(),
                        bytes.toString(),
                        node.disk().toString()));
        return new FaultyDisk(own, bytes);
    }

    /** The file with the disk's bytes. */
    Path bytes() {
        return bytes;
    }

    /** From now on every read and write fails. */
    void fail() throws IOException {
        Files.createFile(folder.resolve("fail"));
    }

    /** From now on no operation ends: when this returns, it hangs. */
    void hang() throws IOException {
        Files.createFile(folder.resolve("hang"));
        if (Files.exists(folder.resolve("mount"))) {
            Waiting.until("the disk hangs", () -> Files.exists(folder.resolve("hangs")));
        }
    }

    /** All is well again. */
    void recover() throws IOException {
        Files.deleteIfExists(folder.resolve("fail"));
        Files.deleteIfExists(folder.resolve("hang"));
    }
}
