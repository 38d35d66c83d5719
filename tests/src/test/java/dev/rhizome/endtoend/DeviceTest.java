package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A Primary's block device, by FUSE and a loop device: what every kernel has. The other front ends
 * are tested in a virtual machine (scripts/test-kernels).
 */
@Timeout(180)
final class DeviceTest {
    private static final long DISK_BYTES = 320L << 20;
    private static final int SOME_FILES = 20;
    private static final Duration TOUR_LIMIT = Duration.ofSeconds(150);

    /** PF_MEMALLOC_NOIO and PF_LOCAL_THROTTLE of linux/sched.h. */
    private static final long FLUSHES_IO = 0x0008_0000 | 0x0010_0000;

    @RegisterExtension final Cluster cluster = Cluster.withDevice("fuse", DISK_BYTES);

    @BeforeEach
    void requireWhatItTakes() {
        Tool.require("mkfs.ext4", "mkfs.xfs", "fio", "stress-ng", "unshare", "mount", "fstrim");
        MountedScript.requireWhatItTakes();
    }

    /** Starts device.sh in namespaces that go when it is killed. */
    private Child script(NodeProcess node, String... action) throws IOException {
        return MountedScript.start(cluster, "device.sh", node, node.device(), action);
    }

    private void check(NodeProcess node, String type, Path manifest) throws IOException {
        try (Child check = script(node, "check", type, manifest.toString())) {
            int exitCode = check.awaitExit(Waiting.LIMIT);
            assertThat(exitCode).as(check.output()).isZero();
            assertThat(check.output()).contains("file system clean");
        }
    }

    @AfterEach
    void nothingIsLeftBehind() {
        cluster.alpha().close();
        cluster.beta().close();
        assertThat(Tool.run("losetup", "--list", "--noheadings").output())
                .doesNotContain("rhizome-" + Cluster.RESOURCE);
        assertThat(Tool.run("cat", "/proc/mounts").output())
                .doesNotContain(cluster.folder().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void aFileSystemLosesItsPrimary(String type) throws IOException {
        cluster.startInStep();
        Path manifest;
        try (Child workload = script(cluster.alpha(), "write", type)) {
            workload.awaitLine("mounted");
            workload.awaitLine("synced file-" + SOME_FILES + "-");
            cluster.alpha().kill();
            assertThat(workload.awaitLine("ended:")).doesNotContain("as told");
            workload.awaitExit(Waiting.LIMIT);
            manifest = MountedScript.manifest(cluster, workload);
        }

        cluster.beta().promoteWhenAllowed();
        check(cluster.beta(), type, manifest);

        cluster.alpha().start();
        cluster.requireIdentical();
        cluster.beta().demote();
        cluster.alpha().promote();
        check(cluster.alpha(), type, manifest);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ext4", "xfs"})
    void whatADeviceMustBeAbleToDo(String type) throws IOException {
        cluster.startInStep();
        NodeProcess alpha = cluster.alpha();
        assertThat(alpha.device()).isSymbolicLink();
        assertThat(alpha.rhizome("status").output())
                .contains("device:" + alpha.device())
                .contains("front-end:fuse");
        try (Child tour = script(alpha, "tour", type)) {
            tour.awaitLine("mounted", 0, TOUR_LIMIT);
            assertThat(tour.output())
                    .contains("sector: 512")
                    .contains("cache: write back")
                    .contains("signature: " + type)
                    .contains("fio verified")
                    .contains("stress done")
                    .contains("frozen and thawed")
                    .containsPattern("size: [0-9]{9}\n")
                    .containsPattern("discard: [1-9]")
                    .containsPattern("zeroes: [1-9]")
                    .containsPattern("trimmed: .* [1-9][0-9.]* [MG]iB");
            refusesToLetGo(alpha, "mounted on ");
            tour.say("unmount");
            tour.awaitLine("open");
            refusesToLetGo(alpha, "process ");
            tour.say("close");
            assertThat(tour.awaitExit(Waiting.LIMIT)).as(tour.output()).isZero();
        }
        cluster.requireIdentical();
        alpha.demote();
        assertThat(Files.exists(alpha.device(), LinkOption.NOFOLLOW_LINKS)).isFalse();
    }

    private static void refusesToLetGo(NodeProcess node, String user) {
        for (String verb : List.of("secondary", "down")) {
            Tool.Result refused = node.rhizome(verb, Cluster.RESOURCE);
            assertThat(refused.exitCode()).isNotZero();
            assertThat(refused.output()).contains("the device of r0 is in use: " + user);
        }
        assertThat(node.device()).exists();
    }

    @Test
    void writeBackGoesOnWhileMemoryIsShort() throws IOException {
        cluster.startInStep();
        long daemon = cluster.alpha().process().pid();
        long usedBytes = residentBytes(daemon);
        try (Child writer = script(cluster.alpha(), "pressure")) {
            writer.awaitLine("mounted");
            // The daemon's own memory and a little: no page is free unless one is written back. A
            // daemon that may not shield itself would hang, and much of the machine with it.
            try (MemoryGroup group =
                    MemoryGroup.create("rhizome-test-" + daemon, usedBytes + (48L << 20))) {
                if (mayBeShielded()) {
                    group.add(daemon);
                }
                for (ProcessHandle process :
                        ProcessHandle.of(writer.pid()).orElseThrow().descendants().toList()) {
                    group.add(process.pid());
                }
                writer.say("go");
                writer.awaitLine("written back: " + (200L << 20), 0, TOUR_LIMIT);
                assertThat(writer.awaitExit(Waiting.LIMIT)).as(writer.output()).isZero();
            }
        }
        cluster.requireIdentical();
    }

    @Test
    void theDaemonIsShieldedAgainstAShortageOfMemory() throws IOException {
        cluster.startInStep();
        Path process = Path.of("/proc", Long.toString(cluster.alpha().process().pid()));
        assertThat(number(process, "VmLck:")).isPositive();
        if (!mayBeShielded()) {
            Tool.skip("root has no CAP_SYS_RESOURCE here");
        }
        assertThat(Files.readString(process.resolve("oom_score_adj")).strip()).isEqualTo("-1000");
        assertThat(flagsOfThread(process, "rhizome-r0") & FLUSHES_IO).isEqualTo(FLUSHES_IO);
        assertThat(flagsOfThread(process, "device-r0") & FLUSHES_IO).isEqualTo(FLUSHES_IO);
        assertThat(flagsOfThread(process, "VM Thread") & FLUSHES_IO).isEqualTo(FLUSHES_IO);
    }

    /** CAP_SYS_RESOURCE of linux/capability.h. */
    private static boolean mayBeShielded() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("CapEff:")) {
                long capabilities = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                return (capabilities >> 24 & 1) != 0;
            }
        }
        return false;
    }

    private static long flagsOfThread(Path process, String name) throws IOException {
        try (var threads = Files.list(process.resolve("task"))) {
            for (Path thread : threads.toList()) {
                String stat = Files.readString(thread.resolve("stat"));
                if (stat.contains("(" + name)) {
                    return Long.parseLong(
                            stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[6]);
                }
            }
        }
        throw new AssertionError("no thread " + name);
    }

    private static long residentBytes(long process) throws IOException {
        return number(Path.of("/proc", Long.toString(process)), "VmRSS:") << 10;
    }

    private static long number(Path process, String key) throws IOException {
        for (String line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.substring(key.length()).strip().split(" ", -1)[0]);
            }
        }
        throw new AssertionError("no " + key);
    }
}
