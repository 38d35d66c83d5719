package dev.rhizome.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.DaemonProcess;
import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.service.ServiceManager;
import dev.rhizome.replicator.CommandResult;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class RhizomeCommandTest {
    private final FakeOpener opener = new FakeOpener();
    private final Path directory;
    private final Fixture fixture;
    private final DaemonProcess daemon;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    RhizomeCommandTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        fixture = new Fixture(directory);
        daemon = fixture.daemon(opener);
        opener.refusals.put("r1", "its disk is missing");
        daemon.start(true, ServiceManager.of(Map.of()));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void statusShowsAllOrOne() {
        assertThat(run("status")).isZero();
        assertThat(out.toString()).startsWith("r0 role:Primary\n").contains("\n\nr1 down\n");
        out.getBuffer().setLength(0);
        assertThat(run("status", "r1")).isZero();
        assertThat(out).hasToString("r1 down\n  reason:its disk is missing\n");
        out.getBuffer().setLength(0);
        assertThat(run("status", "--json", "r1")).isZero();
        assertThat(out.toString()).startsWith("{").contains("\"down-reason\"");
    }

    @Test
    void configExplainsAndChecks() throws Exception {
        assertThat(run("config", "explain", "resources.r0.net.ping-timeout")).isZero();
        assertThat(out)
                .hasToString(
                        """
                        resources.RESOURCE.net.ping-timeout
                          How long the peer may be silent before it is taken for dead.
                          value:   duration, 100ms to 60s
                          default: 2500ms
                          change:  takes effect at once
                        """);
        out.getBuffer().setLength(0);
        assertThat(run("config", "explain", "--json")).isZero();
        assertThat(out.toString()).startsWith("[").contains("control-socket", "csums-alg");
        assertThat(run("config", "explain", "ping-timeuot")).isEqualTo(10);
        assertThat(err.toString()).contains("did you mean \"ping-timeout\"?");
        out.getBuffer().setLength(0);
        assertThat(run("config", "check", fixture.file.toString())).isZero();
        assertThat(out.toString()).endsWith(": good; nodes: alpha, beta; resources: r0, r1\n");
        Files.createDirectory(directory.resolve("conf.d"));
        Files.writeString(directory.resolve("conf.d/x.conf"), "resources { r0 { atach = nbd } }");
        assertThat(run("config", "check", fixture.file.toString())).isEqualTo(10);
        assertThat(err.toString()).contains("conf.d/x.conf:1: unknown key \"atach\"");
    }

    @Test
    void eventsBeginWithWhatIsSo() {
        assertThat(run("events", "--now")).isZero();
        assertThat(out.toString().lines())
                .startsWith(
                        "exists resource name:r0 role:Primary up:yes suspended:no"
                                + " may_promote:no promotion_score:10102")
                .contains(
                        "exists resource name:r1 role:Unknown up:no suspended:no"
                                + " may_promote:no promotion_score:0")
                .endsWith("exists -");
        out.getBuffer().setLength(0);
        assertThat(run("events", "--json", "--now", "r1")).isZero();
        assertThat(out.toString())
                .startsWith("{\"type\":\"snapshot\"")
                .contains("its disk is missing")
                .doesNotContain("\"r0\"");
        assertThat(run("events", "nothing")).isEqualTo(10);
    }

    @Test
    void waitsEndWithACodeThatSaysHow() {
        assertThat(run("wait-connect", "r0")).isZero();
        assertThat(run("wait-sync", "r0", "--timeout", "1min")).isZero();
        assertThat(out).hasToString("r0: connected to beta\nr0: both nodes are UpToDate\n");
        assertThat(run("wait-sync", "-t", "0s", "r1")).isEqualTo(5);
        assertThat(err.toString()).contains("not yet after 0 s", "its disk is missing");
        assertThat(run("wait-sync", "-t", "5", "r0")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "primary r0,promote false",
        "primary --force r0,promote true",
        "secondary --force r0,demote by force",
        "secondary r0,demote",
        "connect r0,connect",
        "connect --discard-my-data r0,connect DISCARD_MY_DATA",
        "connect --tentative r0,connect TENTATIVE",
        "disconnect r0,disconnect",
        "attach r0,attach",
        "detach r0,detach",
        "detach --force r0,detach --force",
        "verify r0,verify START 0 0 false",
        "verify r0 --start 1MiB --stop 2GiB --repair,verify START 1048576 2147483648 true",
        "verify --repair-found r0,verify REPAIR_FOUND 0 0 false",
        "verify --cancel r0,verify CANCEL 0 0 false",
        "pause-sync r0,sync PAUSE",
        "resume-sync r0,sync RESUME",
        "invalidate r0,sync INVALIDATE",
        "invalidate-remote r0,sync INVALIDATE_REMOTE",
        "new-current-uuid --clear-bitmap r0,sync SKIP_FIRST_COPY",
        "suspend-io r0,io SUSPEND",
        "resume-io r0,io RESUME",
        "outdate r0,io OUTDATE",
        "resize r0,resize 0",
        "resize --size 2G r0,resize 2147483648",
        "resize --size 1048576 --assume-clean r0,resize 1048576 as it is"
    })
    void verbsReachTheVolume(String command, String call) {
        assertThat(run(command.split(" "))).isZero();
        assertThat(out).hasToString("r0: it is done\n");
        assertThat(opener.volume("r0").calls).containsExactly(call);
    }

    @Test
    void downAndUp() {
        assertThat(run("down", "r0")).isZero();
        assertThat(run("up", "r0")).isZero();
        assertThat(opener.journal).containsExactly("open r0", "close r0", "open r0");
    }

    @ParameterizedTest
    @CsvSource({"no-up-to-date-data,17", "peer-is-primary,11"})
    void aRefusalHasItsExitCodeAndOneLine(String rule, int exitCode) {
        opener.volume("r0").answer =
                CompletableFuture.completedFuture(new CommandResult(false, rule, "not now"));

        assertThat(run("primary", "r0")).isEqualTo(exitCode);
        assertThat(err).hasToString("rhizome: not now\n");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void whatIsDownIsRefused() {
        assertThat(run("primary", "r1")).isEqualTo(11);
        assertThat(err).hasToString("rhizome: r1 is down: its disk is missing\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"up r9", "status r9", "create-md r9", "dump-md r9", "up ../x"})
    void anUnknownResourceIsAConfigurationError(String command) {
        assertThat(run(command.split(" "))).isEqualTo(10);
        assertThat(err.toString().lines()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nonsense",
                "up",
                "primary --forc r0",
                "new-current-uuid r0",
                "connect --tentative --discard-my-data r0",
                "pki",
                "pki nonsense"
            })
    void aWrongCommandLineSaysHowItGoes(String command) {
        assertThat(run(command.isEmpty() ? new String[0] : command.split(" "))).isEqualTo(2);
        assertThat(err.toString())
                .startsWith("rhizome: ")
                .contains("rhizome")
                .contains("--help says more")
                .hasLineCount(1);
    }

    @Test
    void aDaemonThatIsNotThereIsSaidSo() {
        daemon.close();

        assertThat(run("status")).isEqualTo(20);
        assertThat(err.toString())
                .startsWith("rhizome: cannot reach the daemon at " + fixture.socket + ": ")
                .hasLineCount(1);
    }

    @Test
    void aSocketCanBeNamedWithoutAConfiguration() throws Exception {
        Files.delete(fixture.file);
        assertThat(run("status")).isEqualTo(10);
        assertThat(run("status", "--socket", fixture.socket.toString())).isZero();
    }

    @Test
    void everyConfigurationErrorIsALine() throws Exception {
        Files.writeString(fixture.file, "nodes { alpha { x = 1, y = 2 } }\n");

        assertThat(run("create-md", "r0")).isEqualTo(10);
        assertThat(err.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.startsWith("rhizome: " + fixture.file + ":1: unknown key"));
    }

    @Test
    void aNodeThatIsNotConfiguredIsSaidSo() {
        assertThat(run("create-md", "--node", "gamma", "r0")).isEqualTo(10);
        assertThat(err.toString()).contains("\"gamma\", is not in nodes (alpha, beta)");
    }

    @Test
    void createsMetadataOnThisNodesDisk() {
        assertThat(run("create-md", "r0")).isZero();
        assertThat(out)
                .hasToString(
                        "r0: /dev/a/r0 holds metadata now: 1000000 bytes for data, 4096 for"
                                + " metadata\n");
        assertThat(run("create-md", "r1")).isEqualTo(11);
        assertThat(err).hasToString("rhizome: its disk is missing\n");
        assertThat(run("create-md", "--force", "r1")).isZero();
        assertThat(opener.journal)
                .endsWith("create-md /dev/a/r0 0 false", "create-md /dev/a/r1 0 true");
    }

    @Test
    void makesCertificates() {
        String pki = directory.resolve("pki").toString();

        assertThat(run("pki", "issue", "alpha", "--directory", pki)).isEqualTo(11);
        assertThat(run("pki", "init", "--directory", pki)).isZero();
        assertThat(run("pki", "issue", "alpha", "--directory", pki)).isZero();
        assertThat(directory.resolve("pki/alpha.key")).exists();
        err.getBuffer().setLength(0);
        assertThat(run("pki", "init", "--directory", pki)).isEqualTo(11);
        assertThat(err.toString()).contains("--force").hasLineCount(1);
        assertThat(run("pki", "init", "--directory", pki, "--force")).isZero();
    }

    @Test
    void setsBothNodesUpRenewsAndRevokes() throws Exception {
        String pki = directory.resolve("pki").toString();
        Path there = directory.resolve("there");
        assertThat(run("pki", "init", "--nodes", "alpha,beta", "-d", pki)).isZero();
        out.getBuffer().setLength(0);
        assertThat(run("pki", "bundle", "beta", "-d", pki)).isZero();
        Path bundle = Files.writeString(directory.resolve("bundle"), out.toString());
        assertThat(run("pki", "install", "-d", there.toString(), bundle.toString())).isZero();
        assertThat(there.resolve("beta.key")).exists();

        assertThat(run("pki", "renew", "beta", "-d", pki, "--revoke-old")).isZero();
        assertThat(out.toString()).contains("beta.key are valid until", "revoked: ", "ca.crl");
        out.getBuffer().setLength(0);
        assertThat(run("pki", "revoke", "beta", "-d", pki)).isZero();
        assertThat(run("pki", "show", "beta", "-d", pki)).isZero();
        assertThat(out.toString())
                .contains("CN=beta node revoked on 20", "serial:", "days-left:397", "sha256:");
        out.getBuffer().setLength(0);
        assertThat(run("pki", "show", "--json", "-d", pki)).isZero();
        assertThat(JSON.std.listFrom(out.toString())).hasSize(4);
        assertThat(run("pki", "show", "gamma", "-d", pki)).isEqualTo(11);
        assertThat(err.toString()).contains("no certificate of gamma is known").hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource({
        "ca.crt, issue gamma",
        "ca.key, issue gamma",
        "ca.crl, revoke alpha",
        "ca.crl, show",
        "alpha.crt, renew alpha",
        "alpha.crt, show",
        "ca.crt, bundle alpha",
        "ca.crl, bundle alpha",
        "alpha.key, bundle alpha",
        "ca.crt, install FILE"
    })
    void saysInOneLineWhichFileIsNotGood(String name, String words) throws Exception {
        Path pki = directory.resolve("pki");
        assertThat(run("pki", "init", "--nodes", "alpha", "-d", pki.toString())).isZero();
        out.getBuffer().setLength(0);
        assertThat(run("pki", "bundle", "alpha", "-d", pki.toString())).isZero();
        Files.writeString(pki.resolve("bundle"), out.toString());
        Path file = pki.resolve(name);
        String good = Files.readString(file);
        int line = good.indexOf('\n') + 1;
        List<String> broken =
                List.of(
                        "",
                        "garbage",
                        "\u0000\u0001",
                        good.substring(0, good.length() / 2),
                        good.substring(0, line) + "!!!!" + good.substring(line + 4),
                        good.substring(0, line) + "AAAA" + good.substring(line + 4),
                        good.substring(0, line)
                                + "AAAA\n"
                                + good.substring(good.indexOf("-----E")));
        List<String> command = new ArrayList<>(List.of("pki"));
        for (String word : words.split(" ", -1)) {
            command.add(word.equals("FILE") ? pki.resolve("bundle").toString() : word);
        }
        command.addAll(List.of("-d", pki.toString()));
        for (String content : broken) {
            Files.writeString(file, content);
            err.getBuffer().setLength(0);
            assertThat(run(command.toArray(String[]::new))).as(content).isEqualTo(11);
            assertThat(err.toString()).as(content).contains(name).hasLineCount(1);
        }
        Files.delete(file);
        Files.createDirectory(file);
        err.getBuffer().setLength(0);
        assertThat(run(command.toArray(String[]::new))).isEqualTo(11);
        assertThat(err.toString()).contains(name).hasLineCount(1);
    }

    @Test
    void encryptsKeys() throws Exception {
        String pki = directory.resolve("pki").toString();
        Path secret = Files.writeString(directory.resolve("secret"), "correct horse");
        assertThat(run("pki", "init", "-d", pki, "--passphrase-file", secret.toString()))
                .isEqualTo(11);
        assertThat(err.toString()).contains("can be read by everybody; chmod 600").hasLineCount(1);
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
        err.getBuffer().setLength(0);
        String file = secret.toString();
        assertThat(run("pki", "init", "-d", pki, "--passphrase-file", file)).isZero();
        assertThat(run("pki", "issue", "alpha", "-d", pki)).isEqualTo(11);
        assertThat(err.toString()).contains("(--passphrase-file)").hasLineCount(1);
        assertThat(
                        run(
                                "pki",
                                "issue",
                                "alpha",
                                "-d",
                                pki,
                                "--passphrase-file",
                                file,
                                "--key-passphrase-file",
                                file))
                .isZero();
        assertThat(directory.resolve("pki/alpha.key")).content().contains("ENCRYPTED");
    }

    @Test
    void aSecondDaemonIsRefused() {
        assertThat(run("daemon")).isEqualTo(11);
        assertThat(err.toString()).contains("a daemon is running already").hasLineCount(1);
    }

    @Test
    void helpNamesEveryCommandAndExitCode() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString())
                .contains("status", "primary", "secondary", "up", "down", "connect")
                .contains("disconnect", "create-md", "pki", "daemon")
                .contains("dump-md", "restore-md", "verify-md", "show-gi")
                .contains(" 10  ", " 11  ", " 17  ", " 20  ");
        assertThat(run("pki", "issue", "--help")).isZero();
        assertThat(out.toString()).contains("Usage: rhizome pki issue");
    }

    private int run(String... arguments) {
        Environment environment =
                new Environment(
                        Map.of("RHIZOME_CONFIG", fixture.file.toString(), "RHIZOME_NODE", "alpha"),
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        opener);
        return RhizomeCommand.run(environment, arguments);
    }
}
