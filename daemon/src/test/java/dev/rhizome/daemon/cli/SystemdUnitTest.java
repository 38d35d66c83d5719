package dev.rhizome.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.DaemonProcess;
import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.control.ControlServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the units say is what the code does. */
@Timeout(120)
class SystemdUnitTest {
    private static final Path DEPLOY = Path.of("..", "deploy");
    private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");
    private static final String PROGRAM = "/opt/rhizome/bin/rhizome";

    private static String unit(String name) throws IOException {
        return Files.readString(DEPLOY.resolve("systemd").resolve(name + ".service"));
    }

    /** The words of a key that stands once. */
    private static List<String> words(String unit, String key) {
        List<String> lines = unit.lines().filter(line -> line.startsWith(key + "=")).toList();
        assertThat(lines).as(key).hasSize(1);
        return List.of(lines.get(0).substring(key.length() + 1).split(" "));
    }

    private static Duration seconds(String unit, String key) {
        String text = words(unit, key).get(0);
        assertThat(text).endsWith("s");
        return Duration.ofSeconds(Long.parseLong(text.substring(0, text.length() - 1)));
    }

    private static Map<String, ?> verbs() {
        PrintWriter nowhere = new PrintWriter(new StringWriter());
        return RhizomeCommand.whole(new Environment(Map.of(), nowhere, nowhere, new FakeOpener()))
                .getSubcommands();
    }

    @Test
    void itRunsCommandsThatThereAre() throws IOException {
        String daemon = unit("rhizome");
        assertThat(words(daemon, "ExecStart")).startsWith(PROGRAM, "daemon");
        assertThat(words(daemon, "ExecReload")).containsExactly(PROGRAM, "adjust");
        assertThat(words(unit("rhizome-witness"), "ExecStart")).containsExactly(PROGRAM, "witness");
        assertThat(verbs()).containsKeys("daemon", "adjust", "witness");
    }

    @Test
    void itWaitsLongerThanTheDaemonDoes() throws IOException {
        String daemon = unit("rhizome");
        assertThat(seconds(daemon, "TimeoutStartSec")).isGreaterThan(DaemonProcess.OPEN_LIMIT);
        assertThat(seconds(daemon, "TimeoutStopSec")).isGreaterThan(DaemonProcess.STOP_LIMIT);
        assertThat(words(daemon, "Type")).containsExactly("notify");
        assertThat(words(daemon, "NotifyAccess")).containsExactly("main");
    }

    @Test
    void itDoesNotTryAgainWhatTakesAPerson() throws IOException {
        for (String name : List.of("rhizome", "rhizome-witness")) {
            assertThat(words(unit(name), "RestartPreventExitStatus"))
                    .containsExactly(
                            Integer.toString(ExitCode.USAGE),
                            Integer.toString(ExitCode.CONFIGURATION));
        }
    }

    @Test
    void itMakesThePlacesThatAreTheDefaults(@TempDir Path directory) throws Exception {
        ClusterConfiguration configuration = new Fixture(directory).configuration();
        assertThat(words(unit("rhizome"), "RuntimeDirectory")).containsExactly("rhizome");
        assertThat(configuration.settings().keySet())
                .anyMatch(key -> key.contains("control-socket"));
        assertThat(Files.readString(Path.of("..", "docs", "configuration.md")))
                .contains("`/run/rhizome/control.sock`", "`/var/lib/rhizome/witness.state`");
        assertThat(words(unit("rhizome-witness"), "StateDirectory")).containsExactly("rhizome");
    }

    @Test
    void itLeavesWhatTheShieldNeeds() throws IOException {
        String daemon = unit("rhizome");
        assertThat(words(daemon, "CapabilityBoundingSet"))
                .contains("CAP_SYS_ADMIN", "CAP_SYS_RESOURCE", "CAP_IPC_LOCK", "CAP_CHOWN");
        assertThat(words(daemon, "LimitMEMLOCK")).containsExactly("infinity");
        assertThat(daemon).doesNotContain("\nMemoryDenyWriteExecute", "\nPrivateDevices");
    }

    @Test
    void theSocketsGroupIsMade() throws IOException {
        assertThat(Files.readString(DEPLOY.resolve("sysusers.d/rhizome.conf")).lines())
                .contains("g " + ControlServer.GROUP + " -");
    }

    @ParameterizedTest
    @ValueSource(strings = {"rhizome", "rhizome-witness"})
    void systemdFindsNothingWrong(String name, @TempDir Path directory) throws Exception {
        Assumptions.assumeTrue(
                Files.isExecutable(ANALYZE), "systemd-analyze (package systemd) is not installed");
        Path copy = directory.resolve(name + ".service");
        Files.writeString(copy, unit(name).replace(PROGRAM, "/bin/true"));

        assertThat(run(ANALYZE.toString(), "verify", "--man=no", copy.toString())).isEmpty();
        // "medium" begins at 5.0: root, block devices and the network are what the daemon is for.
        run(
                ANALYZE.toString(),
                "security",
                "--offline=true",
                "--threshold=45",
                "--no-pager",
                copy.toString());
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output =
                new String(
                                process.getInputStream().readAllBytes(),
                                java.nio.charset.StandardCharsets.UTF_8)
                        .strip();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
