package dev.rhizome.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.DaemonProcess;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ConfigurationReader;
import dev.rhizome.daemon.resource.VolumeOpener;
import dev.rhizome.daemon.service.ServiceManager;
import dev.rhizome.pki.CertificateAuthority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is broken is answered by one line with the place and the cure, and never by a stack trace:
 * configurations, metadata, certificates and requests, through the command and the real daemon.
 */
@Timeout(60)
class BrokenInputTest {
    private final Plant plant;

    BrokenInputTest(@TempDir Path directory) throws IOException {
        plant = new Plant(directory);
    }

    /** Breaks one thing. */
    private interface Fault {
        void happens(Plant plant) throws Exception;
    }

    private static Arguments fault(String name, Fault fault, String place, String cure) {
        return arguments(name, fault, place, cure);
    }

    private static Arguments miswritten(
            String name, String right, String wrong, String place, String cure) {
        return fault(name, plant -> plant.miswrite(right, wrong), place, cure);
    }

    private void oneLine(String place, String cure) {
        assertThat(plant.err.toString())
                .hasLineCount(1)
                .startsWith("rhizome: ")
                .contains(place)
                .contains(cure)
                .doesNotContain("Exception", "\tat ", "null");
    }

    static Stream<Arguments> configurations() {
        return Stream.of(
                fault("no file", p -> Files.delete(p.file), "rhizome.conf", "RHIZOME_CONFIG"),
                fault(
                        "a directory",
                        p -> p.variable("RHIZOME_CONFIG", p.directory.toString()),
                        "",
                        "not a file"),
                miswritten("not HOCON", "nodes {", "nodes {{", "rhizome.conf:1", ""),
                miswritten("an end too few", "  }\n}\n", "  }\n", "rhizome.conf:17", "end of file"),
                miswritten("a key", "ping-timeout", "ping-timout", ":14:", "\"ping-timeout\""),
                miswritten("a section", "net {", "nett {", ":14:", "\"net\""),
                miswritten("no unit", "= 2s", "= 2", ":14:", "write ms, s or min"),
                miswritten("another unit", "= 2s", "= 2 KiB", ":14:", "2500ms"),
                miswritten("too short", "= 2s", "= 1ms", ":14:", "100ms"),
                miswritten("no rate", "= 4MiB", "= fast", ":15:", "c-min-rate"),
                miswritten(
                        "a word that is none",
                        "net {",
                        "net { compression = zip, ",
                        ":14:",
                        "never"),
                miswritten(
                        "contradictory",
                        "net {",
                        "net { request-timeout = 1s, ",
                        ":14:",
                        "shorter"),
                miswritten(
                        "less than the least",
                        "disk { c",
                        "disk { c-max-rate = 1MiB, c",
                        ":15:",
                        "less"),
                miswritten("no port", "127.0.0.1:7790", "127.0.0.1", ":11:", "PORT"),
                miswritten("no disk", "disk = \"/dev/b\", ", "", ":12:", "disk"),
                miswritten("a relative disk", "\"/dev/b\"", "\"b.img\"", ":12:", "absolute"),
                miswritten("an address twice", "1:7791", "1:7790", ":12:", "alpha"),
                miswritten("one node", "beta { disk", "#", "", "two nodes"),
                miswritten("a node that is none", "beta { disk", "gamma { disk", ":12:", "nodes"),
                miswritten("a name", "r0 {", "\"r 0\" {", ":9:", "letters"),
                miswritten(
                        "no witness",
                        "net {",
                        "net { fencing = witness, ",
                        ":14:",
                        "the section witness"),
                miswritten(
                        "no handler",
                        "net {",
                        "net { fencing = resource-and-stonith, ",
                        ":14:",
                        "fence-peer"),
                fault(
                        "conf.d",
                        p -> {
                            Files.createDirectory(p.directory.resolve("conf.d"));
                            Files.writeString(p.directory.resolve("conf.d/9.conf"), "resources {");
                        },
                        "conf.d/9.conf",
                        ""),
                fault("who am I", p -> p.variable("RHIZOME_NODE", "delta"), "delta", "--node"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("configurations")
    void ofAConfiguration(String name, Fault fault, String place, String cure) throws Exception {
        plant.must("config", "check", plant.file.toString());
        fault.happens(plant);
        assertThat(plant.run("show-gi", "r0")).isEqualTo(ExitCode.CONFIGURATION);
        oneLine(place, cure);
    }

    static Stream<Arguments> metadata() {
        return Stream.of(
                fault("none", p -> {}, "r0.disk", "create-md"),
                fault("no disk", p -> Files.delete(p.disk), "r0.disk", "No such file"),
                fault("too small", p -> p.grow(4096), "r0.disk", ""),
                fault(
                        "a directory",
                        p -> {
                            Files.delete(p.disk);
                            Files.createDirectory(p.disk);
                        },
                        "r0.disk",
                        ""),
                fault(
                        "damaged",
                        p -> {
                            p.must("create-md", "r0");
                            p.damageEnd(1 << 20);
                        },
                        "r0.disk",
                        ""));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("metadata")
    void ofMetadata(String name, Fault fault, String place, String cure) throws Exception {
        fault.happens(plant);
        assertThat(plant.run("dump-md", "r0")).isNotZero();
        oneLine(place, cure);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "'', 'rhizome-metadata'",
        "'nonsense', 'rhizome-metadata'",
        "'rhizome-metadata 99\n', '99'",
        "'rhizome-metadata 2\nnode = what\n', ':2'",
    })
    void ofADump(String text, String place) throws Exception {
        Path dump = Files.writeString(plant.directory.resolve("dump"), text);
        assertThat(plant.run("restore-md", "r0", dump.toString())).isNotZero();
        oneLine("dump", place);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "ext4, 1080, 'S\u00EF', --force",
        "XFS, 0, XFSB, --force",
        "LUKS, 0, 'LUKS\u00BA\u00BE', --force",
    })
    void ofADiskThatIsInUseForSomethingElse(String what, long offset, String magic, String cure)
            throws Exception {
        plant.write(offset, magic);
        assertThat(plant.run("create-md", "r0")).isEqualTo(ExitCode.REFUSED);
        oneLine("r0.disk", cure);
    }

    static Stream<Arguments> certificates() {
        return Stream.of(
                fault("none", p -> Files.delete(p.pki.resolve("alpha.crt")), "alpha.crt", ""),
                fault("no key", p -> Files.delete(p.pki.resolve("alpha.key")), "alpha.key", ""),
                fault("no authority", p -> Files.delete(p.pki.resolve("ca.crt")), "ca.crt", ""),
                fault(
                        "empty",
                        p -> Files.writeString(p.pki.resolve("alpha.crt"), ""),
                        "alpha.crt",
                        ""),
                fault(
                        "not PEM",
                        p -> Files.writeString(p.pki.resolve("alpha.key"), "nonsense"),
                        "alpha.key",
                        ""),
                fault(
                        "another node's",
                        p -> {
                            copy(p, "beta.crt", "alpha.crt");
                            copy(p, "beta.key", "alpha.key");
                        },
                        "alpha.crt is for 'beta'",
                        "not for this node 'alpha'"),
                fault("another's key", p -> copy(p, "beta.key", "alpha.key"), "alpha.key", "pair"),
                fault("a leaf", p -> copy(p, "beta.crt", "ca.crt"), "ca.crt", "authority|CA"),
                fault(
                        "no list of revoked ones",
                        p -> Files.writeString(p.pki.resolve("ca.crl"), "nonsense"),
                        "ca.crl",
                        "copy the authority's"),
                fault(
                        "another authority",
                        p -> p.must("pki", "init", "--force", "-d", p.pki.toString()),
                        "alpha.crt is not signed by",
                        "one cluster"),
                fault(
                        "expired",
                        p ->
                                CertificateAuthority.open(p.pki)
                                        .issue(
                                                "alpha",
                                                p.pki,
                                                Duration.ofDays(1),
                                                Instant.parse("2020-01-01T00:00:00Z"),
                                                true),
                        "alpha.crt has expired",
                        "issue"));
    }

    private static void copy(Plant plant, String from, String to) throws IOException {
        Files.write(plant.pki.resolve(to), Files.readAllBytes(plant.pki.resolve(from)));
    }

    /** The resource stays down, and says why; the daemon runs. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("certificates")
    void ofCertificates(String name, Fault fault, String place, String cure) throws Exception {
        plant.certify();
        plant.must("create-md", "r0");
        fault.happens(plant);
        try (DaemonProcess daemon = daemon()) {
            daemon.start(true, ServiceManager.of(Map.of()));
            plant.must("status", "r0");
            assertThat(plant.out.toString())
                    .startsWith("r0 down\n  reason:")
                    .hasLineCount(2)
                    .contains(place)
                    .containsPattern(cure)
                    .doesNotContain("Exception", "null");
            assertThat(plant.run("primary", "r0")).isEqualTo(ExitCode.REFUSED);
            oneLine(place, "");
        }
    }

    private DaemonProcess daemon() throws Exception {
        ClusterConfiguration configuration = ConfigurationReader.read(plant.file);
        return new DaemonProcess(configuration, configuration.node("alpha"), VolumeOpener.LIBRARY);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "GET /v1/nonsense, '', 404, '', /v1/status",
        "PUT /v1/status, '', 405, '', GET",
        "GET /v1/resources/r9, '', 404, '', r0",
        "POST /v1/resources/r0/dance, '', 404, '', primary",
        "GET /v1/resources/r0/primary, '', 405, '', POST",
        "POST /v1/resources/r0/primary, '{', 400, '', JSON object",
        "POST /v1/resources/r0/primary, '[1]', 400, '', JSON object",
        "POST /v1/resources/r0/primary, '{\"force\":1}', 400, /force, true or false",
        "POST /v1/resources/r0/primary, '{\"farce\":true}', 400, /farce, force",
        "POST /v1/resources/r0/resize, '{\"size-bytes\":-1}', 400, /size-bytes, number",
        "POST /v1/resources/r0/wait-sync, '{\"timeout\":\"long\"}', 400, /timeout, ''",
        "POST /v1/adjust, '{\"dry\":true}', 400, /dry, dry-run",
        "GET /v1/events?one=r0, '', 400, /one, resource",
        "GET /v1/events?resource=r9, '', 404, '', r0"
    })
    void ofRequests(String request, String body, int status, String pointer, String cure)
            throws Exception {
        try (DaemonProcess daemon = daemon()) {
            daemon.start(false, ServiceManager.of(Map.of()));
            String answer =
                    plant.ask(
                            request
                                    + " HTTP/1.0\r\nContent-Length: "
                                    + body.length()
                                    + "\r\n\r\n"
                                    + body);
            assertThat(answer)
                    .startsWith("HTTP/1.1 " + status)
                    .contains("application/problem+json")
                    .doesNotContain("Exception", "\tat ");
            Map<String, Object> problem =
                    JSON.std.mapFrom(answer.substring(answer.indexOf("\r\n\r\n") + 4));
            assertThat(problem).containsKeys("type", "title", "status", "detail");
            assertThat(problem.toString()).contains(pointer).contains(cure);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "status, 20, rhizome daemon",
        "status --socket /nowhere/x.sock, 20, /nowhere/x.sock",
        "primry r0, 2, primary",
        "primary, 2, RESOURCE",
        "primary --forse r0, 2, --force",
        "verify r0 --start x, 2, --start",
        "resize r0 --size much, 2, --size",
        "pki issue alpha, 11, pki init",
        "pki init --cluster a/b, 11, letters",
        "pki init --days -1, 11, days",
        "config explain net.ping, 10, ping-timeout"
    })
    void ofCommandLines(String line, int exitCode, String cure) {
        String command = line.startsWith("pki") ? line + " -d " + plant.pki : line;
        assertThat(plant.run(command.split(" "))).isEqualTo(exitCode);
        oneLine("", cure);
    }
}
