package dev.rhizome.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.DaemonProcess;
import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.service.ServiceManager;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command on this machine, with a daemon that runs and disks that are not there. */
@Timeout(120)
class DoctorCommandTest {
    private final Path directory;
    private final Fixture fixture;
    private final DaemonProcess daemon;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    DoctorCommandTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        fixture = new Fixture(directory);
        FakeOpener opener = new FakeOpener();
        opener.refusals.put("r1", "its disk is missing");
        daemon = fixture.daemon(opener);
        daemon.start(true, ServiceManager.of(Map.of()));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    @Test
    void findsWhatIsWrongHere() {
        assertThat(run("alpha")).isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "PROBLEM: alpha: r0: the disk /dev/a/r0 is not there (disk-missing)\n"
                                + "    attach it, or name another: resources.r0.on.alpha.disk\n",
                        "PROBLEM: alpha: r1: r1 is down on alpha. Its disk is missing. (state)",
                        "Only this node was looked at")
                .doesNotContain("daemon-down", "address-foreign");
    }

    @Test
    void comparesWithTheOtherNode() throws Exception {
        Files.writeString(
                fixture.file,
                Files.readString(fixture.file).replace("beta {}", "beta { lock-memory = false }"));
        assertThat(run("beta", "--export")).isZero();
        Path facts = Files.writeString(directory.resolve("beta.facts"), out.toString());
        Files.writeString(
                fixture.file, Files.readString(fixture.file).replace("lock-memory = false", ""));
        out.getBuffer().setLength(0);
        assertThat(run("alpha", "--json", "--compare", facts.toString())).isEqualTo(1);
        assertThat(JSON.std.listFrom(out.toString()).toString())
                .contains(
                        "nodes.beta.lock-memory is true on alpha, and false on beta",
                        "the disk /dev/b/r0 is not there",
                        "cannot reach the daemon")
                .doesNotContain("clocks-differ");
        Instant later = Files.getLastModifiedTime(facts).toInstant().plusSeconds(30);
        Files.setLastModifiedTime(facts, FileTime.from(later));
        run("alpha", "--compare", facts.toString());
        assertThat(out.toString()).contains("(clocks-differ)");
    }

    @Test
    void saysWhatItCannotUse() throws Exception {
        Path other = Files.writeString(directory.resolve("x"), "{}");
        assertThat(run("alpha", "--compare", other.toString())).isEqualTo(11);
        assertThat(err.toString()).contains("is not what 'rhizome doctor --export' has printed");
        Files.writeString(fixture.file, "nodes { alpha { contrl = 1 } }");
        assertThat(run("alpha")).isEqualTo(1);
        assertThat(out.toString())
                .contains("unknown key", "rhizome config check", "(configuration)");
    }

    private int run(String node, String... words) {
        String[] all = new String[words.length + 5];
        all[0] = "doctor";
        all[1] = "--config";
        all[2] = fixture.file.toString();
        all[3] = "--node";
        all[4] = node;
        System.arraycopy(words, 0, all, 5, words.length);
        Environment environment =
                new Environment(
                        Map.of(), new PrintWriter(out), new PrintWriter(err), new FakeOpener());
        return RhizomeCommand.run(environment, all);
    }
}
