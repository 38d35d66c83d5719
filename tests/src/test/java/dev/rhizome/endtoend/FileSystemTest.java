package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A real file system on the volume loses its Primary in the middle of its work. The other node has
 * every file that was synced, and a file system that its own checker finds clean.
 */
@Timeout(180)
final class FileSystemTest {
    private static final int SOME_FILES = 60;

    @RegisterExtension final Cluster cluster = new Cluster();

    @BeforeEach
    void requireWhatItTakes() {
        Tool.require(
                "nbdfuse", "fusermount3", "mkfs.ext4", "e2fsck", "losetup", "unshare", "mount");
        MountedScript.requireWhatItTakes();
    }

    @AfterEach
    void nothingIsLeftBehind() {
        String folder = cluster.folder().toString();
        assertThat(Tool.run("losetup", "--list", "--output", "NAME,BACK-FILE").output())
                .doesNotContain(folder);
        assertThat(Tool.run("cat", "/proc/mounts").output()).doesNotContain(folder);
    }

    /** Starts filesystem.sh in namespaces that go when it is killed. */
    private Child script(NodeProcess node, String... action) throws IOException {
        return MountedScript.start(cluster, "filesystem.sh", node, node.nbdSocket(), action);
    }

    private void check(NodeProcess node, Path manifest) throws IOException {
        try (Child check = script(node, "check", manifest.toString())) {
            int exitCode = check.awaitExit(Waiting.LIMIT);
            assertThat(exitCode).as(check.output()).isZero();
            assertThat(check.output()).contains("file system clean");
        }
    }

    @Test
    void itsPrimaryIsKilledInTheMiddleOfItsWork() throws IOException {
        cluster.startInStep();
        Path manifest;
        try (Child workload = script(cluster.alpha(), "write")) {
            workload.awaitLine("mounted");
            workload.awaitLine("synced file-" + SOME_FILES + "-");
            cluster.alpha().kill();
            assertThat(workload.awaitLine("ended:")).doesNotContain("as told");
            workload.awaitExit(Waiting.LIMIT);
            manifest = MountedScript.manifest(cluster, workload);
        }

        cluster.beta().promoteWhenAllowed();
        check(cluster.beta(), manifest);

        cluster.alpha().start();
        cluster.requireIdentical();
        cluster.beta().demote();
        cluster.alpha().promote();
        check(cluster.alpha(), manifest);
        cluster.requireIdentical();
    }

    @Test
    void itsSecondaryComesAndGoes() throws IOException {
        cluster.startInStep();
        Path manifest;
        try (Child workload = script(cluster.alpha(), "write")) {
            workload.awaitLine("mounted");
            workload.awaitLine("synced");
            cluster.beta().kill();
            workload.awaitLine("synced", workload.lines().size());
            cluster.beta().start();
            cluster.beta().await("up to date again", Status::mirrored);
            workload.awaitLine("synced", workload.lines().size());
            workload.say("stop");
            workload.awaitLine("ended: as told");
            assertThat(workload.awaitExit(Waiting.LIMIT)).isZero();
            manifest = MountedScript.manifest(cluster, workload);
        }
        cluster.requireIdentical();
        cluster.alpha().demote();
        cluster.beta().promote();
        check(cluster.beta(), manifest);
    }
}
