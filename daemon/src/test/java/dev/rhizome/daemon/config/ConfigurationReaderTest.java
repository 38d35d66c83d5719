package dev.rhizome.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.Compression;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.verify.CheckOptions;
import dev.rhizome.daemon.config.ClusterConfiguration.WitnessSettings;
import dev.rhizome.replicator.AttachMode;
import dev.rhizome.replicator.VolumeOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ConfigurationReaderTest {
    private static final String NODES = "nodes { alpha {}, beta {} }\n";
    private static final String GOOD =
            NODES
                    + """
                    resources { r0 {
                      on {
                        alpha { disk = /dev/a, address = "10.0.0.1:7790" }
                        beta { disk = /dev/b, address = "[fd00::2]:7790", nbd-socket = none }
                      }
                      net {}
                      disk {}
                    } }
                    """;

    private final Path file;

    ConfigurationReaderTest(@TempDir Path directory) {
        file = directory.resolve("rhizome.conf");
    }

    @Test
    void nbdMayBeServedByTcpToo() throws Exception {
        ClusterConfiguration configuration =
                read(GOOD.replace("= none", "= none, nbd-address = \"[fd00::2]:10809\""));

        VolumeOptions beta =
                configuration.volumeOptions("beta", configuration.resourceOn("beta", "r0"));
        assertThat(beta.nbdSocket()).isNull();
        assertThat(beta.nbdAddress()).isEqualTo(new InetSocketAddress("fd00::2", 10_809));
    }

    @Test
    void eachNodeMayHaveTwoAddresses() throws Exception {
        ClusterConfiguration configuration =
                read(
                        GOOD.replace("\"10.0.0.1:7790\"", "[\"10.0.0.1:7790\", \"10.0.1.1:7790\"]")
                                .replace(
                                        "\"[fd00::2]:7790\"",
                                        "[\"[fd00::2]:7790\", \"10.0.1.2:7790\"]")
                                .replace("net {}", "net { compression = never }"));

        VolumeOptions beta =
                configuration.volumeOptions("beta", configuration.resourceOn("beta", "r0"));
        assertThat(beta.listen())
                .containsExactly(
                        new InetSocketAddress("fd00::2", 7790),
                        new InetSocketAddress("10.0.1.2", 7790));
        assertThat(beta.peerAddresses())
                .containsExactly(
                        new InetSocketAddress("10.0.0.1", 7790),
                        new InetSocketAddress("10.0.1.1", 7790));
        assertThat(beta.compression()).isEqualTo(Compression.NEVER);
    }

    @Test
    void fillsInTheDefaults() throws Exception {
        ClusterConfiguration configuration = read(GOOD);

        VolumeOptions alpha =
                configuration.volumeOptions("alpha", configuration.resourceOn("alpha", "r0"));
        assertThat(alpha)
                .isEqualTo(
                        VolumeOptions.builder("r0", "alpha", "beta")
                                .disk(Path.of("/dev/a"))
                                .link(
                                        new InetSocketAddress("10.0.0.1", 7790),
                                        new InetSocketAddress("fd00::2", 7790))
                                .certificates(
                                        new VolumeOptions.CertificateFiles(
                                                Path.of("/etc/rhizome/pki/ca.crt"),
                                                Path.of("/etc/rhizome/pki/alpha.crt"),
                                                Path.of("/etc/rhizome/pki/alpha.key"),
                                                null,
                                                Path.of("/etc/rhizome/pki/ca.crl")))
                                .nbdSocket(Path.of("/run/rhizome/r0.nbd"))
                                .attach(AttachMode.AUTO, Path.of("/dev/rhizome"))
                                .shared(alpha.shared())
                                .build());
        VolumeOptions beta =
                configuration.volumeOptions("beta", configuration.resourceOn("beta", "r0"));
        assertThat(beta.nbdSocket()).isNull();
        assertThat(beta.nbdAddress()).isNull();
        assertThat(beta.peer()).isEqualTo("alpha");
        assertThat(configuration.node("alpha").controlSocket())
                .isEqualTo(Path.of("/run/rhizome/control.sock"));
    }

    @Test
    void takesWhatIsSaid() throws Exception {
        ClusterConfiguration configuration =
                read(
                        GOOD.replace(
                                        "net {}",
                                        "net { ping-timeout = 300ms, connect-interval = 2s,"
                                                + " request-timeout = 1min }")
                                .replace(
                                        "disk {}",
                                        "disk { direct-io = no, io-uring = false,"
                                                + " al-extents = 100, al-cool-after = 2s,"
                                                + " c-min-rate = 500KiB, c-max-rate = 100M,"
                                                + " c-latency-percent = 150,"
                                                + " c-latency-goal = 2ms }")
                                .replace(
                                        "alpha {},",
                                        "alpha { control-socket = /tmp/c, pki {"
                                                + " authority = /a/x, certificate = /y, key = /z,"
                                                + " key-passphrase-file = /p } },"));

        VolumeOptions options =
                configuration.volumeOptions("alpha", configuration.resourceOn("alpha", "r0"));
        assertThat(options.pingTimeout()).isEqualTo(Duration.ofMillis(300));
        assertThat(options.connectInterval()).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.requestTimeout()).isEqualTo(Duration.ofMinutes(1));
        assertThat(options.directIo()).isFalse();
        assertThat(options.ioUring()).isFalse();
        assertThat(options.activityLogExtents()).isEqualTo(100);
        assertThat(options.pace())
                .isEqualTo(new PaceSettings(500 << 10, 100 << 20, 150, 2_000_000));
        assertThat(options.activityLogCoolAfter()).isEqualTo(Duration.ofSeconds(2));
        assertThat(options.certificates())
                .isEqualTo(
                        new VolumeOptions.CertificateFiles(
                                Path.of("/a/x"),
                                Path.of("/y"),
                                Path.of("/z"),
                                Path.of("/p"),
                                Path.of("/a/ca.crl")));
        assertThat(configuration.node("alpha").controlSocket()).isEqualTo(Path.of("/tmp/c"));
    }

    @Test
    void takesHowDataIsCompared() throws Exception {
        assertThat(checks(GOOD)).isEqualTo(CheckOptions.defaults());
        assertThat(
                        checks(
                                GOOD.replace("net {}", "net { csums-alg = sha256 }")
                                        .replace("disk {}", "disk { verify-rate = 2MiB }")))
                .isEqualTo(new CheckOptions(true, 2 << 20));
        assertThat(checks(GOOD.replace("disk {}", "disk { verify-rate = 0 }")))
                .isEqualTo(new CheckOptions(false, 0));
    }

    /** Durations in one form: 1s and 1000ms are no difference. */
    @Test
    void whatBothNodesShallSayIsTold() throws Exception {
        Map<String, String> shared = shared(GOOD.replace("net {}", "net { ping-timeout = 1s }"));
        assertThat(shared)
                .containsEntry("net.ping-timeout", "1000 ms")
                .containsEntry("net.csums-alg", "none")
                .containsEntry("on.beta.disk", "/dev/b")
                .containsEntry("disk.io-uring", "true");
        assertThat(shared)
                .isEqualTo(shared(GOOD.replace("net {}", "net { ping-timeout = 1000ms }")));
    }

    private Map<String, String> shared(String text) throws Exception {
        ClusterConfiguration configuration = read(text);
        return configuration.volumeOptions("beta", configuration.resourceOn("beta", "r0")).shared();
    }

    @Test
    void whatIsDoneAboutADiskThatFailsIsRead() throws Exception {
        ClusterConfiguration configuration =
                read(
                        GOOD.replace(
                                "disk {}",
                                "disk { on-io-error = call-local-io-error, disk-timeout = 5s },"
                                        + " handlers { local-io-error = /usr/bin/alarm }"));
        VolumeOptions options =
                configuration.volumeOptions("alpha", configuration.resourceOn("alpha", "r0"));
        assertThat(options.diskPolicy())
                .isEqualTo(new DiskPolicy(OnIoError.CALL_LOCAL_IO_ERROR, 5_000_000_000L));
        assertThat(options.handlers())
                .containsExactly(Map.entry(Handler.LOCAL_IO_ERROR, Path.of("/usr/bin/alarm")));
    }

    private CheckOptions checks(String text) throws Exception {
        ClusterConfiguration configuration = read(text);
        return configuration
                .volumeOptions("alpha", configuration.resourceOn("alpha", "r0"))
                .checks();
    }

    @Test
    void takesPolicies() throws Exception {
        ClusterConfiguration configuration =
                read(
                        GOOD.replace(
                                "net {}",
                                "net { after-sb-0pri = discard-zero-changes, after-sb-1pri ="
                                        + " consensus, after-sb-2pri = call-pri-lost-after-sb,"
                                        + " rr-conflict = retry-connect }"));

        VolumeOptions options =
                configuration.volumeOptions("alpha", configuration.resourceOn("alpha", "r0"));
        assertThat(options.policies())
                .isEqualTo(
                        new ConflictPolicies(
                                AfterSplitBrain0Pri.DISCARD_ZERO_CHANGES,
                                AfterSplitBrain1Pri.CONSENSUS,
                                AfterSplitBrain2Pri.CALL_PRI_LOST_AFTER_SB,
                                RoleConflict.RETRY_CONNECT));
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault(
                        "net {}",
                        "net { after-sb-0pri = discard-zero-change }",
                        7,
                        "resources.r0.net.after-sb-0pri: \"discard-zero-change\" is no such policy;"
                                + " did you mean \"discard-zero-changes\"?"),
                fault(
                        "net {}",
                        "attach = fus",
                        7,
                        "resources.r0.attach: \"fus\" is none of them; did you mean \"fuse\"?"),
                fault(
                        "net {}",
                        "net { after-sb-0pri = discard-local }",
                        7,
                        "\"discard-local\" is refused: it would name another node"),
                fault(
                        "net {}",
                        "net { after-sb-0pri = discard-remote }",
                        7,
                        "\"discard-remote\" is refused"),
                fault(
                        "net {}",
                        "net { after-sb-0pri = discard-node-beta }",
                        7,
                        "\"discard-node-beta\" is refused"),
                fault(
                        "net {}",
                        "net { after-sb-1pri = violently-as0p }",
                        7,
                        "\"violently-as0p\" is refused: a Primary's clients would be shown older"),
                fault(
                        "net {}",
                        "net { after-sb-2pri = violently-as0p }",
                        7,
                        "\"violently-as0p\" is refused"),
                fault("net {}", "net { rr-conflict = violently }", 7, "\"violently\" is refused"),
                fault(
                        "net {}",
                        "net { rr-conflict = auto-discard }",
                        7,
                        "\"auto-discard\" is refused: it would throw newer data away"),
                fault(
                        "disk = /dev/a",
                        "dsik = /dev/a",
                        4,
                        "unknown key \"dsik\" in "
                                + "resources.r0.on.alpha; did you mean \"disk\"?"),
                fault("disk = /dev/a,", "", 4, "disk is missing in resources.r0.on.alpha: "),
                fault(
                        "resources {",
                        "resuorces {",
                        2,
                        "unknown key \"resuorces\"; " + "did you mean \"resources\"?"),
                fault("net {}", "net { ping-timeuot = 1s }", 7, "did you mean \"ping-timeout\"?"),
                fault("net {}", "nett {}", 7, "did you mean \"net\"?"),
                fault("net {}", "net = 5", 7, "resources.r0.net must be a section"),
                fault(
                        "net {}",
                        "net { ping-timeout = 2500 }",
                        7,
                        "resources.r0.net.ping-timeout: 2500 has no unit; write ms, s or min"),
                fault("net {}", "net { ping-timeout = 3 hours }", 7, "\"hours\" is not known"),
                fault("net {}", "net { ping-timeout = soon }", 7, "\"soon\" is not a duration"),
                fault(
                        "net {}",
                        "net { ping-timeout = 2ms }",
                        7,
                        "2ms is out of range: 100ms to 60s"),
                fault("net {}", "net { ping-timeout = [1s] }", 7, "a single value is expected"),
                fault("net {}", "net { ping-timeout = null }", 7, "null is not a value"),
                fault(
                        "net {}",
                        "net { request-timeout = 1s }",
                        7,
                        "request-timeout must not be shorter than ping-timeout"),
                fault(
                        "disk {}",
                        "disk { c-min-rate = 2MiB, c-max-rate = 1MiB }",
                        8,
                        "c-max-rate must not be less than c-min-rate"),
                fault("disk {}", "disk { c-min-rate = 0 }", 8, "0 has no unit"),
                fault("disk {}", "disk { c-min-rate = 1KiB }", 8, "1KiB is less than 64KiB"),
                fault("disk {}", "disk { c-max-rate = 10MB }", 8, "\"MB\" is not known"),
                fault("disk {}", "disk { c-max-rate = fast }", 8, "\"fast\" is not a rate"),
                fault(
                        "disk {}",
                        "disk { direct-io = maybe }",
                        8,
                        "resources.r0.disk.direct-io: \"maybe\" is neither true nor false"),
                fault("net {}", "net { compression = zstd }", 7, "\"zstd\" is none of them"),
                fault(
                        "\"10.0.0.1:7790\"",
                        "[\"10.0.0.1:7790\"]",
                        4,
                        "resources.r0.on.alpha.address: a list of 1 is not a list of two"),
                fault(
                        "\"10.0.0.1:7790\"",
                        "[\"10.0.0.1:7790\", \"alpha.example\"]",
                        4,
                        "\"alpha.example\" is not a numeric address"),
                fault(
                        "\"10.0.0.1:7790\"",
                        "[\"10.0.0.1:7790\", \"10.0.0.1:7790\"]",
                        4,
                        "resources.r0.on.alpha.address is the same as "
                                + "resources.r0.on.alpha.address"),
                fault(
                        "\"10.0.0.1:7790\"",
                        "[\"10.0.0.1:7790\", \"10.0.1.1:7790\"]",
                        3,
                        "one node has one address, the other two; give both as many"),
                fault("disk {}", "disk { on-io-error = retry }", 8, "\"retry\" is no such policy"),
                fault("disk {}", "disk { disk-timeout = 1h }", 8, "the unit \"h\" is not known"),
                fault("disk {}", "handlers { local-io-error = run.sh }", 8, "not an absolute path"),
                fault("disk {}", "disk { al-extents = 8 }", 8, "8 is not from 67 to 65534"),
                fault("disk {}", "disk { al-extents = many }", 8, "is not an integer"),
                fault("net {}", "net { csums-alg = md5 }", 7, "write none or sha256"),
                fault("disk {}", "disk { verify-rate = 100 }", 8, "\"100\" is no rate"),
                fault("disk {}", "disk { verify-rate = 1KiB }", 8, "is less than 64KiB"),
                fault("\"10.0.0.1:7790\"", "alpha.example", 4, "is not a numeric address"),
                fault("10.0.0.1:7790", "10.0.0.300:7790", 4, "is not an IPv4 address"),
                fault("10.0.0.1:7790", "10.0.0.1:0", 4, "port 0 is not between 1 and 65535"),
                fault("[fd00::2]", "[fd00::2::3]", 5, "is not an IPv6 address"),
                fault(
                        "[fd00::2]:7790",
                        "10.0.0.1:7790",
                        5,
                        "resources.r0.on.beta.address is the same as "
                                + "resources.r0.on.alpha.address"),
                fault("/dev/a", "dev/a", 4, "\"dev/a\" is not an absolute path"),
                fault(
                        "disk = /dev/a",
                        "disk = /dev/a, meta-disk = md",
                        4,
                        "resources.r0.on.alpha.meta-disk: \"md\" is not an absolute path"
                                + " (expected: internal, or absolute path)"),
                fault(
                        "disk = /dev/a",
                        "disk = /dev/a, meta-disk = /dev/a",
                        4,
                        "resources.r0.on.alpha.meta-disk is the same as"
                                + " resources.r0.on.alpha.disk"),
                fault(
                        "nbd-socket = none",
                        "nbd-socket = /" + "x".repeat(100),
                        5,
                        "a socket's path may have at most 100 bytes, this one has 101"),
                fault(
                        "nbd-socket = none",
                        "nbd-address = beta.example",
                        5,
                        "resources.r0.on.beta.nbd-address: \"beta.example\" is not a numeric"),
                fault(
                        "nbd-socket = none",
                        "nbd-address = \"10.0.0.1:7790\"",
                        5,
                        "resources.r0.on.beta.nbd-address is the same as "
                                + "resources.r0.on.alpha.address"),
                fault(
                        "beta { disk",
                        "gamma { disk",
                        5,
                        "no node \"gamma\" in nodes, but in " + "resources.r0.on"),
                fault(
                        "beta { disk = /dev/b, address = \"[fd00::2]:7790\", nbd-socket = none }",
                        "",
                        3,
                        "resources.r0.on must name exactly two nodes, not 1"),
                fault(
                        "alpha {}",
                        "alpha { contrl-socket = /x }",
                        1,
                        "did you mean \"control-socket\"?"),
                fault("alpha {}", "\"al pha\" {}, alpha {}", 1, "the node name \"al pha\""),
                fault("r0 {", "\"r/0\" {", 2, "the resource name \"r/0\" is not usable"),
                fault("address = \"10.0.0.1:7790\"", "address = 10.0.0.1:7790", 4, "':'"),
                fault("net {}", "net { ping-timeout = ${nowhere} }", 7, "nowhere"));
    }

    private static Arguments fault(String of, String by, int line, String message) {
        return arguments(of, by, line, message);
    }

    @ParameterizedTest(name = "{1}")
    @MethodSource("faults")
    void namesFileLineAndFault(String of, String by, int line, String message) throws Exception {
        String text = GOOD.replace(of, by);
        assertThat(text).isNotEqualTo(GOOD);
        Files.writeString(file, text);

        ConfigurationException fault =
                catchThrowableOfType(
                        ConfigurationException.class, () -> ConfigurationReader.read(file));

        assertThat(fault).isNotNull();
        assertThat(fault.findings())
                .anySatisfy(
                        finding -> {
                            assertThat(finding.where()).isEqualTo(file + ":" + line);
                            assertThat(finding.what()).contains(message).doesNotContain("\n");
                        });
    }

    @Test
    void findsEverythingInOnePass() throws Exception {
        Files.writeString(
                file, GOOD.replace("net {}", "net { a = 1, ping-timeout = x }, nonsense = 1"));

        ConfigurationException fault =
                catchThrowableOfType(
                        ConfigurationException.class, () -> ConfigurationReader.read(file));

        assertThat(fault.findings()).hasSize(3);
        assertThat(fault).message().hasLineCount(3);
    }

    @Test
    void twoResourcesCannotShareADiskOrAnAddress() throws Exception {
        Files.writeString(
                file,
                GOOD
                        + """
                        resources { r1 { on {
                          alpha { disk = /dev/a, address = "10.0.0.1:7790" }
                          beta { disk = /dev/a, address = "10.0.0.2:7790" }
                        } } }
                        """);

        assertThatThrownBy(() -> ConfigurationReader.read(file))
                .hasMessageContaining(
                        "resources.r1.on.alpha.disk is the same as resources.r0.on.alpha.disk")
                .hasMessageContaining("resources.r1.on.alpha.address is the same as")
                .hasMessageNotContaining("resources.r1.on.beta.disk");
    }

    @Test
    void metadataIsInternalUnlessItHasAPlaceOfItsOwn() throws Exception {
        ClusterConfiguration configuration =
                read(
                        GOOD.replace("/dev/a,", "/dev/a, meta-disk = /var/lib/rhizome/r0.md,")
                                .replace("/dev/b,", "/dev/b, meta-disk = internal,"));

        var resource = configuration.resourceOn("alpha", "r0");
        assertThat(configuration.volumeOptions("alpha", resource).metaDisk())
                .isEqualTo(Path.of("/var/lib/rhizome/r0.md"));
        assertThat(configuration.volumeOptions("beta", resource).metaDisk()).isNull();
    }

    @Test
    void theWitnessHasASectionOfItsOwn() throws Exception {
        assertThat(read(GOOD).witness()).isEmpty();
        String section =
                """
                witness {
                  address = "10.0.0.9:7799", name = referee, state = /srv/w
                  pki { key = /srv/k }
                }
                """;
        WitnessSettings expected =
                new WitnessSettings(
                        "referee",
                        new InetSocketAddress("10.0.0.9", 7799),
                        Path.of("/srv/w"),
                        new VolumeOptions.CertificateFiles(
                                Path.of("/etc/rhizome/pki/ca.crt"),
                                Path.of("/etc/rhizome/pki/referee.crt"),
                                Path.of("/srv/k"),
                                null,
                                Path.of("/etc/rhizome/pki/ca.crl")));
        assertThat(read(GOOD + section).witness()).contains(expected);
        // A witness of several clusters.
        assertThat(read(section).witness()).contains(expected);
        assertThat(read("witness { address = \"[fd00::9]:1\" }").witness().orElseThrow())
                .extracting(WitnessSettings::name, WitnessSettings::state)
                .containsExactly("witness", Path.of("/var/lib/rhizome/witness.state"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "state = /srv/w|address is missing in witness",
                "address = \"10.0.0.9:1\", adress = 1|did you mean \"address\"?",
                "address = \"10.0.0.9:1\", name = alpha|has the name of a node",
                "address = \"10.0.0.9:1\", name = \"a b\"|witness.name: \"a b\" is not 1 to 63",
                "address = \"10.0.0.9:1\", pki { keys = /k }|unknown key \"keys\" in witness.pki",
                "address = witness.example|witness.address: \"witness.example\" is not a numeric"
            })
    void saysWhatIsWrongWithTheWitness(String section, String message) {
        assertThatThrownBy(() -> read(GOOD + "witness { " + section + " }\n"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining(message)
                .hasMessageStartingWith(file + ":");
    }

    @Test
    void saysThatThereIsNoFile() {
        assertThatThrownBy(() -> ConfigurationReader.read(file))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith(
                        file + ": there is no such file, or it may not be read; say where");
    }

    @Test
    void saysWhatAnUnknownNodeOrResourceCouldBe() throws Exception {
        ClusterConfiguration configuration = read(GOOD);

        assertThatThrownBy(() -> configuration.node("gamma"))
                .hasMessageContaining("\"gamma\", is not in nodes (alpha, beta)")
                .hasMessageContaining("--node or RHIZOME_NODE");
        assertThatThrownBy(() -> configuration.resourceOn("alpha", "r9"))
                .hasMessageContaining("did you mean \"r0\"?");
    }

    @Test
    void theNodesNameIsGivenOrInTheEnvironmentOrTheHosts() throws Exception {
        assertThat(NodeName.choose("x", Map.of("RHIZOME_NODE", "y"), Set.of())).isEqualTo("x");
        assertThat(NodeName.choose(null, Map.of("RHIZOME_NODE", "y"), Set.of())).isEqualTo("y");
        assertThat(NodeName.fromHostName("a.example.net", Set.of("a"))).isEqualTo("a");
        assertThat(NodeName.fromHostName("a.example.net", Set.of("a", "a.example.net")))
                .isEqualTo("a.example.net");
        assertThat(NodeName.fromHostName("b", Set.of("a"))).isEqualTo("b");
    }

    @ParameterizedTest
    @MethodSource("distances")
    void measuresLevenshteinsDistance(String left, String right, int distance) {
        assertThat(NearestName.distance(left, right)).isEqualTo(distance);
        assertThat(NearestName.distance(right, left)).isEqualTo(distance);
    }

    static Stream<Arguments> distances() {
        return Stream.of(
                arguments("", "", 0),
                arguments("", "abc", 3),
                arguments("disk", "dsik", 2),
                arguments("kitten", "sitting", 3),
                arguments("same", "same", 0));
    }

    private ClusterConfiguration read(String text) throws IOException, ConfigurationException {
        Files.writeString(file, text);
        return ConfigurationReader.read(file);
    }

    @Test
    void filesOfConfDBelongToIt(@TempDir Path folder) throws Exception {
        Path main = folder.resolve("rhizome.conf");
        Files.createDirectory(folder.resolve("conf.d"));
        Path first = folder.resolve("conf.d/10-r0.conf");
        Path second = folder.resolve("conf.d/20-r0.conf");
        String on =
                "on { alpha { disk = /a, address = \"10.0.0.1:1\" },"
                        + " beta { disk = /b, address = \"10.0.0.2:1\" } }";
        Files.writeString(main, NODES);
        Files.writeString(first, "resources.r0 {\n" + on + "\nnet.ping-timeout = 3s }");
        Files.writeString(second, "resources.r0 { net { connect-interval = 2s } }");
        Files.writeString(folder.resolve("conf.d/not-one.bak"), "what is this");

        var settings = ConfigurationReader.read(main).resourceOn("alpha", "r0");
        assertThat(settings.pingTimeout()).hasSeconds(3);
        assertThat(settings.connectInterval()).hasSeconds(2);

        Files.writeString(second, "resources.r0 { net {\nping-timeout = 4s } }");
        assertThatThrownBy(() -> ConfigurationReader.read(main))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(
                        second
                                + ":2: resources.r0.net.ping-timeout contradicts "
                                + first
                                + ":3: say it in one file");
        Files.writeString(second, "resources.r0 { net { ping-timeout = 3s } ");
        assertThatThrownBy(() -> ConfigurationReader.read(main))
                .hasMessageStartingWith(second + ":1: ");
    }
}
