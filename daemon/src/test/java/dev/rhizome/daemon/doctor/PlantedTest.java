package dev.rhizome.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.doctor.Diagnosis.Level;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two nodes that are well, and one thing that is made wrong at a time: it, and only it, is found.
 */
class PlantedTest {
    private static final long NOW_MS = 1_715_000_000_000L;
    private static final long DAY_MS = Duration.ofDays(1).toMillis();

    private final Facts alpha = well("alpha");
    private final Facts beta = well("beta");

    private static Facts well(String node) {
        Facts facts = new Facts();
        facts.put("node", node)
                .put("host", node)
                .put("time.ms", NOW_MS)
                .put("time.synchronised", "yes")
                .put("arch", "aarch64")
                .put("java.version", "17.0.15")
                .put("rhizome.version", "0.1.0")
                .put("kernel", "6.1.0")
                .put("io-uring.disabled", "0")
                .put("front-end.ublk", "there")
                .put("front-end.nbd", "module")
                .put("front-end.fuse", "there")
                .put("front-end.loop", "there")
                .put("unit.rhizome.enabled", "enabled")
                .put("cluster-manager", "yes")
                .put("memlock", "unlimited")
                .put("memlock.of", "daemon")
                .put("lock-memory", "true")
                .put("daemon", "runs")
                .put("daemon.version", "0.1.0");
        for (String name : List.of("authority", "certificate")) {
            facts.put(name + ".file", "/etc/rhizome/pki/" + name)
                    .put(name + ".sha256", name.equals("authority") ? "a0" : "a1" + node)
                    .put(name + ".from-ms", NOW_MS - DAY_MS)
                    .put(name + ".until-ms", NOW_MS + 300 * DAY_MS);
        }
        facts.put("certificate.names", node)
                .put("certificate.of-authority", "yes")
                .put("key.file", "/etc/rhizome/pki/key")
                .put("key.open-to-others", "no");
        facts.put("resource.r0.disk", "/dev/vg0/r0")
                .put("resource.r0.disk.kind", "block")
                .put("resource.r0.disk.bytes", 1L << 30)
                .put("resource.r0.disk.sector-bytes", 512)
                .put("resource.r0.disk.physical-bytes", 4096)
                .put("resource.r0.disk.alignment-offset", 0)
                .put("resource.r0.disk.start-bytes", 1 << 20)
                .put("resource.r0.address.192.168.7.1", "own")
                .put("resource.r0.io-engine", "io_uring")
                .put("resource.r0.verdict.level", "good")
                .put("option.resources.r0.attach", "auto")
                .put("option.resources.r0.disk.io-uring", "true")
                .put("option.resources.r0.net.fencing", "resource-and-stonith");
        facts.put("greengrass.unit", "c0ffee")
                .put("greengrass.enabled", "disabled")
                .put("greengrass.restart", "no")
                .put("greengrass.uid", "998")
                .put("greengrass.gid", "997")
                .put("greengrass.java", "openjdk version \"17.0.15\"")
                .put("greengrass.file-system", "ext4")
                .put("greengrass.mount-options", "rw,relatime,nodelalloc,commit=1");
        return facts;
    }

    @Test
    void twoNodesThatAreWellHaveNothing() {
        assertThat(Examination.diagnose(alpha, beta, 0)).isEmpty();
    }

    private static Arguments plant(String rule, String cure, Consumer<Facts> plant) {
        return Arguments.of(rule, cure, plant);
    }

    private static Arguments plant(String rule, String cure, String fact, Object value) {
        return plant(rule, cure, facts -> facts.put(fact, value));
    }

    static Stream<Arguments> onOneNode() {
        String r0 = "resource.r0.";
        return Stream.of(
                plant("configuration", "config check", "configuration.problem", "line 3: no"),
                plant("authority-expired", "docs/pki.md", "authority.until-ms", NOW_MS - 1),
                plant("authority-ends-soon", "docs/pki.md", "authority.until-ms", soon()),
                plant("certificate-expired", "pki renew", "certificate.until-ms", NOW_MS - 1),
                plant("certificate-ends-soon", "pki renew", "certificate.until-ms", soon()),
                plant("certificate-not-yet-valid", "clock", "certificate.from-ms", soon()),
                plant("certificate-foreign", "pki issue", "certificate.of-authority", "no"),
                plant("certificate-name", "pki install", "certificate.names", "gamma"),
                plant("certificate-unreadable", "pki bundle", "certificate.unreadable", "gone"),
                plant("key-unreadable", "pki install", "key.unreadable", "gone"),
                plant("key-open", "chmod 600", "key.open-to-others", "yes"),
                plant("clock-not-synchronised", "timedatectl", "time.synchronised", "no"),
                plant("memlock", "LimitMEMLOCK", "memlock", 8 << 20),
                plant("daemon-down", "systemctl start", "daemon", "cannot reach the daemon"),
                plant("daemon-old", "systemctl restart", "daemon.version", "0.0.9"),
                plant("service-disabled", "systemctl enable", "unit.rhizome.enabled", "disabled"),
                plant("disk-missing", "resources.r0.on.alpha.disk", r0 + "disk.kind", "missing"),
                plant("disk-read-only", "blockdev --setrw", r0 + "disk.read-only", "yes"),
                plant("disk-mounted", "unmount it", r0 + "disk.mounted-at", "/srv"),
                plant("disk-misaligned", "1 MiB", r0 + "disk.start-bytes", 63 * 512),
                plant("disk-misaligned", "1 MiB", r0 + "disk.alignment-offset", 3584),
                plant("address-foreign", "interface", r0 + "address.192.168.7.1", "foreign"),
                plant("io-uring", "sysctl", r0 + "io-engine", "worker-threads: EPERM"),
                plant("io-uring", "sysctl", "io-uring.disabled", 2),
                plant("state", "rhizome status", r0 + "verdict.level", "warning"),
                plant("options-differ", "rhizome adjust", r0 + "option-differs.0", "net.x"),
                plant("greengrass-enabled", "systemctl disable", "greengrass.enabled", "enabled"),
                plant("greengrass-restart", "drop-in", "greengrass.restart", "on-failure"),
                plant("greengrass-mount", "nodelalloc", "greengrass.mount-options", "rw"));
    }

    private static long soon() {
        return NOW_MS + 12 * DAY_MS;
    }

    @ParameterizedTest
    @MethodSource("onOneNode")
    void whatIsWrongWithOneNode(String rule, String cure, Consumer<Facts> plant) {
        plant.accept(alpha);

        assertThat(Examination.diagnose(alpha)).singleElement().satisfies(only(rule, cure));
        assertThat(Examination.diagnose(alpha, beta, 0))
                .as("seen from the other node, too")
                .singleElement()
                .satisfies(only(rule, cure));
    }

    @ParameterizedTest
    @MethodSource("onOneNode")
    void whatIsWrongWithThePeer(String rule, String cure, Consumer<Facts> plant) {
        plant.accept(alpha);

        assertThat(Examination.diagnose(beta, alpha, 0))
                .singleElement()
                .satisfies(only(rule, cure))
                .satisfies(found -> assertThat(found.node()).isEqualTo("alpha"));
    }

    private static Consumer<Diagnosis> only(String rule, String cure) {
        return found -> {
            assertThat(found.rule()).isEqualTo(rule);
            assertThat(found.cure()).contains(cure);
            assertThat(found.what()).isNotBlank();
        };
    }

    static Stream<Arguments> betweenTwo() {
        String r0 = "resource.r0.";
        return Stream.of(
                plant("authorities-differ", "pki install", "authority.sha256", "b0"),
                plant("java-differs", "same Java", "java.version", "21.0.2"),
                plant("architecture-differs", "one kind", "arch", "amd64"),
                plant("disk-sizes-differ", "--size", r0 + "disk.bytes", 2L << 30),
                plant("disk-sectors-differ", "one kind", r0 + "disk.sector-bytes", 4096),
                plant("front-ends-differ", "modules", "front-end.ublk", "missing"),
                plant("greengrass-units-differ", "copy /etc", "greengrass.unit", "beef"),
                plant("greengrass-ids-differ", "same number", "greengrass.uid", "1001"),
                plant("greengrass-ids-differ", "same number", "greengrass.gid", "1001"),
                plant("greengrass-java-differs", "same JDK", "greengrass.java", "openjdk 11"),
                plant(
                        "configuration-differs",
                        "rhizome adjust",
                        "option.resources.r0.net.ping-timeout",
                        "1s"),
                plant(
                        "versions-differ",
                        "Secondary first",
                        facts -> facts.put("rhizome.version", "0.2").put("daemon.version", "0.2")),
                plant("same-node", "RHIZOME_NODE", facts -> twin(facts)));
    }

    private static void twin(Facts facts) {
        facts.put("node", "beta").put("certificate.names", "beta");
    }

    @ParameterizedTest
    @MethodSource("betweenTwo")
    void whatIsWrongBetweenThem(String rule, String cure, Consumer<Facts> plant) {
        plant.accept(alpha);

        assertThat(Examination.diagnose(alpha)).as("alone it is well").isEmpty();
        assertThat(Examination.diagnose(alpha, beta, 0))
                .singleElement()
                .satisfies(only(rule, cure));
        assertThat(Examination.diagnose(beta, alpha, 0))
                .singleElement()
                .satisfies(only(rule, cure));
    }

    @Test
    void clocksThatDiffer() {
        assertThat(Examination.diagnose(alpha, beta, 2000)).isEmpty();
        assertThat(Examination.diagnose(alpha, beta, -7300))
                .singleElement()
                .satisfies(only("clocks-differ", "time server"))
                .satisfies(found -> assertThat(found.what()).contains("7 s apart"));
    }

    @Test
    void aKernelWithoutTheFrontEndThatIsWanted() {
        for (Facts facts : List.of(alpha, beta)) {
            facts.put("front-end.ublk", "missing").put("front-end.nbd", "missing");
        }
        assertThat(Examination.diagnose(alpha, beta, 0)).as("fuse is left").isEmpty();
        alpha.put("option.resources.r0.attach", "nbd");
        assertThat(Examination.diagnose(alpha))
                .singleElement()
                .satisfies(only("front-end", "attach"));
        alpha.put("option.resources.r0.attach", "auto").put("front-end.loop", "missing");
        assertThat(Examination.diagnose(alpha))
                .singleElement()
                .satisfies(only("front-end", "attach"));
    }

    @Test
    void aClusterManagerWithoutFencing() {
        alpha.put("option.resources.r0.net.fencing", "none");
        assertThat(Examination.diagnose(alpha))
                .singleElement()
                .satisfies(only("no-fencing", "witness"));
        alpha.put("cluster-manager", "no");
        assertThat(Examination.diagnose(alpha)).isEmpty();
    }

    @Test
    void aCoreWhoseUsersAreMissing() {
        alpha.put("greengrass.uid", "").put("greengrass.java", "");
        assertThat(Examination.diagnose(alpha))
                .extracting(Diagnosis::rule)
                .containsExactly("greengrass-java", "greengrass-user");
        alpha.put("greengrass.unit", "");
        assertThat(Examination.diagnose(alpha)).as("this node has no core").isEmpty();
    }

    @Test
    void whatIsBadIsAProblem() {
        alpha.put("resource.r0.verdict.level", "bad");
        assertThat(Examination.diagnose(alpha))
                .singleElement()
                .extracting(Diagnosis::level)
                .isEqualTo(Level.PROBLEM);
    }

    @Test
    void nothingIsWrongWithWhatIsNotKnown() {
        assertThat(Examination.diagnose(new Facts())).isEmpty();
        assertThat(Examination.diagnose(alpha, new Facts().put("node", "beta"), 0))
                .extracting(Diagnosis::rule)
                .containsOnly(
                        "java-differs",
                        "greengrass-units-differ",
                        "greengrass-ids-differ",
                        "greengrass-java-differs");
    }
}
