package dev.rhizome.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A node's disk that is a thin file: what was never written takes no room. Its file system, which
 * has nothing else in it, has no room left when told to (thin-disk.sh), in a mount namespace that
 * only the node's daemon is in.
 */
final class ThinDisk {
    private final NodeProcess node;
    private final Path folder;

    private ThinDisk(NodeProcess node, Path folder) {
        this.node = node;
        this.folder = folder;
    }

    /** Skips the test where there are no loop devices, no namespaces, or no ext4. */
    static void requireWhatItTakes() {
        MountedScript.requireWhatItTakes();
        Tool.require("mkfs.ext4");
    }

    /** Puts the disk of a node, which has not been started, on a file system of its own. */
    static ThinDisk under(NodeProcess node, Path folder) throws IOException {
        Path own = Files.createDirectories(folder.resolve(node.name() + ".thin"));
        node.within(MountedScript.command("thin-disk.sh", own.toString(), node.disk().toString()));
        return new ThinDisk(node, own);
    }

    /** The file with the disk's bytes, as the running daemon sees it. */
    Path bytes() {
        return Path.of("/proc/" + node.process().pid() + "/root" + node.disk());
    }

    /** From now on what takes more room fails. */
    void fillUp() throws IOException {
        Files.createFile(folder.resolve("full"));
        Waiting.until("a full file system", () -> Files.exists(folder.resolve("is-full")));
    }

    /** There is room again. */
    void makeRoom() throws IOException {
        Files.delete(folder.resolve("full"));
        Waiting.until("room", () -> Files.notExists(folder.resolve("is-full")));
    }
}
