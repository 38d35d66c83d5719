package dev.rhizome.endtoend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A script that mounts file systems, in mount and PID namespaces that go when it is killed. */
final class MountedScript {
    private MountedScript() {}

    /** Skips the test where there is no FUSE, no loop device, or no namespace to be had. */
    static void requireWhatItTakes() {
        if (!Files.isWritable(Path.of("/dev/fuse"))
                || !Files.isWritable(Path.of("/dev/loop-control"))) {
            Tool.skip("no /dev/fuse or no loop devices here, or not root");
        }
        if (Tool.run("unshare", "--mount", "--pid", "--fork", "true").exitCode() != 0
                || Tool.run("losetup", "--find").exitCode() != 0) {
            Tool.skip("namespaces or loop devices are not allowed here");
        }
    }

    /** The command that runs one, with its arguments, in namespaces of its own. */
    static List<String> command(String name, String... arguments) {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("unshare", "--mount", "--pid", "--fork", "--kill-child"));
        command.addAll(List.of("--mount-proc", "bash", Tool.script(name)));
        command.addAll(List.of(arguments));
        return command;
    }

    /**
     * Starts one.
     *
     * @param name of the script, in this package's resources
     * @param source the socket or device that it is told, after a folder for its mounts
     */
    static Child start(
            Cluster cluster, String name, NodeProcess node, Path source, String... action)
            throws IOException {
        Path folder = cluster.folder().resolve("mount-" + node.name());
        Files.createDirectories(folder);
        List<String> command = command(name, folder.toString(), source.toString());
        command.addAll(List.of(action));
        return Child.start(cluster.folder(), Map.of(), command);
    }

    /** What the workload has told of its files, as a file for the check that follows. */
    static Path manifest(Cluster cluster, Child workload) throws IOException {
        List<String> told =
                workload.lines().stream()
                        .filter(line -> line.matches("(synced|state|unlinked) .*"))
                        .toList();
        return Files.write(cluster.folder().resolve("manifest"), told);
    }
}
