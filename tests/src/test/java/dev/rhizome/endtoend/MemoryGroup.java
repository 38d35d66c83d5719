package dev.rhizome.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A memory cgroup with a limit, of version 1 or 2; cgroups(7). */
final class MemoryGroup implements AutoCloseable {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final String PROCESSES = "cgroup.procs";

    private final Path parent;
    private final Path group;

    private MemoryGroup(Path parent, Path group) {
        this.parent = parent;
        this.group = group;
    }

    /** Makes one, or skips the test and says why. */
    static MemoryGroup create(String name, long limitBytes) throws IOException {
        Path parent = ROOT.resolve("memory");
        String limit = "memory.limit_in_bytes";
        if (Files.exists(ROOT.resolve("cgroup.controllers"))) {
            parent = ROOT;
            limit = "memory.max";
        }
        Path group = parent.resolve(name);
        try {
            Files.createDirectory(group);
        } catch (IOException e) {
            Tool.skip("no memory cgroup can be made here: " + e);
        }
        if (!Files.exists(group.resolve(limit))) {
            Files.delete(group);
            Tool.skip("the cgroups here do not limit memory");
        }
        Files.writeString(group.resolve(limit), Long.toString(limitBytes));
        return new MemoryGroup(parent, group);
    }

    void add(long process) throws IOException {
        Files.writeString(group.resolve(PROCESSES), Long.toString(process));
    }

    /** Who is left goes back to where it came from. */
    @Override
    public void close() throws IOException {
        for (String process : Files.readAllLines(group.resolve(PROCESSES))) {
            Files.writeString(parent.resolve(PROCESSES), process);
        }
        Files.delete(group);
    }
}
