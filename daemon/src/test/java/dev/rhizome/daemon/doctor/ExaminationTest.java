package dev.rhizome.daemon.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ConfigurationReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Facts from a machine whose files and programs are made up. */
class ExaminationTest {
    private static final Instant NOW = Instant.parse("2024-05-06T07:08:09Z");

    private final Path root;
    private final Map<String, String> programs = new HashMap<>();

    ExaminationTest(@TempDir Path root) throws IOException {
        this.root = root;
        file("/proc/sys/kernel/osrelease", "6.1.0-test\n");
        file("/proc/sys/kernel/hostname", "alpha\n");
        file("/proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n");
        file("/proc/self/limits", "Max locked memory         8388608     8388608     bytes\n");
    }

    private void file(String absolute, String text) throws IOException {
        Path file = root.resolve(absolute.substring(1));
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private Machine machine() {
        return new Machine(root, words -> programs.getOrDefault(String.join(" ", words), ""));
    }

    private Facts examine() {
        return new Examination(machine(), NOW).facts();
    }

    @Test
    void theHost() throws IOException {
        programs.put("timedatectl show -p NTPSynchronized --value", "no\n");
        programs.put("systemctl show rhizome -p MainPID --value", "4711\n");
        programs.put("systemctl is-enabled rhizome", "enabled\n");
        file("/proc/4711/limits", "Max locked memory         unlimited   unlimited   bytes\n");
        file("/proc/sys/kernel/io_uring_disabled", "2\n");
        file("/dev/fuse", "");
        file("/sys/module/loop/x", "");
        file("/lib/modules/6.1.0-test/modules.dep", "kernel/drivers/block/nbd.ko.xz:\n");

        Facts facts = examine();

        assertThat(facts.text("time.synchronised")).isEqualTo("no");
        assertThat(facts.text("memlock")).isEqualTo("unlimited");
        assertThat(facts.text("memlock.of")).isEqualTo("daemon");
        assertThat(facts.text("io-uring.disabled")).isEqualTo("2");
        assertThat(facts.text("front-end.ublk")).isEqualTo("missing");
        assertThat(facts.text("front-end.nbd")).isEqualTo("module");
        assertThat(facts.text("front-end.fuse")).isEqualTo("there");
        assertThat(facts.text("front-end.loop")).isEqualTo("there");
        assertThat(facts.text("cluster-manager")).isEqualTo("no");
        assertThat(facts.text("unit.rhizome.enabled")).isEqualTo("enabled");
    }

    @Test
    void theCore() throws IOException {
        assertThat(examine().names("greengrass.unit")).isEmpty();
        file("/etc/systemd/system/greengrass.service", "[Service]\n");
        file("/etc/passwd", "root:x:0:0\nggc_user:x:998:997::/:/bin/sh\n");
        file("/etc/group", "ggc_group:x:997:\n");
        file("/proc/self/mounts", "/dev/loop0 /greengrass/v2 ext4 rw,nodelalloc 0 0\n");
        programs.put("java -version", "openjdk version \"17.0.15\"\nmore\n");
        programs.put("systemctl show greengrass -p Restart --value", "on-failure\n");

        Facts facts = examine();

        assertThat(facts.text("greengrass.uid")).isEqualTo("998");
        assertThat(facts.text("greengrass.gid")).isEqualTo("997");
        assertThat(facts.text("greengrass.java")).isEqualTo("openjdk version \"17.0.15\"");
        assertThat(facts.text("greengrass.restart")).isEqualTo("on-failure");
        assertThat(facts.text("greengrass.mount-options")).isEqualTo("rw,nodelalloc");
        assertThat(facts.text("greengrass.unit")).hasSize(64);
    }

    @Test
    void theNodesDisksAndFiles() throws Exception {
        Path own = root.resolve("own");
        Files.createDirectories(own);
        Path key = Files.writeString(own.resolve("alpha.key"), "");
        Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
        Path conf =
                Files.writeString(
                        own.resolve("rhizome.conf"),
                        """
                        nodes {
                          alpha { pki { authority = "%1$s/ca.crt", certificate = "%1$s/a.crt",
                                        key = "%1$s/alpha.key" } }
                          beta {}
                        }
                        resources { r0 { on {
                          alpha { disk = /dev/sdb1, address = "127.0.0.1:7790" }
                          beta { disk = /dev/sdb1, address = "192.0.2.77:7790" } } }
                        }
                        """
                                .formatted(own));
        file("/dev/sdb1/x", ""); // Neither a plain file nor missing.
        file("/sys/class/block/sdb1/size", "2048\n");
        file("/sys/class/block/sdb1/partition", "1\n");
        file("/sys/class/block/sdb1/start", "63\n");
        file("/sys/class/block/sdb1/ro", "1\n");
        file("/proc/self/mounts", "/dev/sdb1 /srv ext4 rw 0 0\n");
        ClusterConfiguration configuration = ConfigurationReader.read(conf);
        Examination examination = new Examination(machine(), NOW);
        examination.configuration(configuration);
        examination.node(configuration, configuration.node("alpha"));
        examination.noDaemon("cannot reach the daemon");

        List<Diagnosis> found = Examination.diagnose(examination.facts());

        assertThat(found)
                .extracting(Diagnosis::rule)
                .contains(
                        "authority-unreadable",
                        "certificate-unreadable",
                        "key-open",
                        "daemon-down",
                        "disk-read-only",
                        "disk-mounted",
                        "disk-misaligned")
                .doesNotContain("address-foreign", "memlock");
        Examination other = new Examination(machine(), NOW);
        other.node(configuration, configuration.node("beta"));
        assertThat(Examination.diagnose(other.facts()))
                .extracting(Diagnosis::rule)
                .contains("address-foreign");
    }

    @Test
    void theDaemonsWordIsTakenOver() {
        Examination examination = new Examination(machine(), NOW);
        examination.daemon(
                Map.of(
                        "version",
                        "0.1.0",
                        "resources",
                        List.of(
                                Map.of(
                                        "name",
                                        "r0",
                                        "verdict",
                                        Map.of("level", "bad", "title", "Clients wait")))),
                List.of(
                        Map.of(
                                "name",
                                "r0",
                                "io-engine",
                                "io_uring",
                                "options-that-differ",
                                List.of("net.ping-timeout"),
                                "devices",
                                List.of(Map.of("size", 4096)))));
        Facts facts = examination.facts();
        assertThat(facts.text("daemon")).isEqualTo("runs");
        assertThat(facts.text("resource.r0.verdict.title")).isEqualTo("Clients wait");
        assertThat(facts.text("resource.r0.option-differs.0")).isEqualTo("net.ping-timeout");
        assertThat(facts.text("resource.r0.volume-kib")).isEqualTo("4096");
    }

    @Test
    void factsTravelAsAFile() throws IOException {
        Facts facts = examine();
        assertThat(Facts.parse(facts.json()).json()).isEqualTo(facts.json());
        assertThat(facts.ageMs(NOW.plusSeconds(3))).isEqualTo(3000);
        for (String wrong :
                List.of("", "[]", "{}", "{\"rhizome-doctor\": 2, \"facts\": {}}", "x")) {
            assertThatThrownBy(() -> Facts.parse(wrong))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("doctor --export");
        }
    }

    @Test
    void aProgramThatIsNotThereSaysNothing() {
        Machine here = Machine.here();
        assertThat(here.program("/nowhere/program")).isEmpty();
        assertThat(here.program("sh", "-c", "echo yes; exit 3")).isEmpty();
        assertThat(here.program("sh", "-c", "echo yes")).isEqualTo("yes");
        assertThat(here.read("/nowhere")).isEmpty();
    }
}
