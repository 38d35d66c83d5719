package dev.rhizome.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.resource.VolumeOpener;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands on metadata, on real files. */
@Timeout(60)
class MetadataCommandsTest {
    private static final long BYTES = (8 << 20) + 512;

    private final Path directory;
    private final Path disk;
    private final Path metaDisk;
    private final Path file;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    MetadataCommandsTest(@TempDir Path directory) {
        this.directory = directory;
        disk = directory.resolve("r0.disk");
        metaDisk = directory.resolve("r0.md");
        file = directory.resolve("rhizome.conf");
    }

    @BeforeEach
    void configure() throws Exception {
        try (RandomAccessFile made = new RandomAccessFile(disk.toFile(), "rw")) {
            made.setLength(BYTES);
        }
        configure(", meta-disk = \"" + metaDisk + "\"");
    }

    private void configure(String metaDiskOption) throws Exception {
        Files.writeString(
                file,
                """
                nodes { alpha {}, beta {} }
                resources { r0 { on {
                  alpha { disk = "%s", address = "127.0.0.1:7790"%s }
                  beta { disk = /dev/b, address = "127.0.0.1:7791" }
                } } }
                """
                        .formatted(disk, metaDiskOption));
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Environment environment =
                new Environment(
                        Map.of("RHIZOME_CONFIG", file.toString(), "RHIZOME_NODE", "alpha"),
                        new PrintWriter(out, true),
                        new PrintWriter(err, true),
                        VolumeOpener.LIBRARY);
        return RhizomeCommand.run(environment, arguments);
    }

    @Test
    void externalMetadataIsMadeDumpedRestoredAndShown() throws Exception {
        assertThat(run("create-md", "r0")).isZero();
        assertThat(out)
                .hasToString(
                        "r0: "
                                + metaDisk
                                + " holds metadata now: "
                                + BYTES
                                + " bytes for data (all of "
                                + disk
                                + "), "
                                + Files.size(metaDisk)
                                + " for metadata\n");
        assertThat(run("dump-md", "r0")).isZero();
        String dump = out.toString();
        Path saved = Files.writeString(directory.resolve("dump"), dump);
        assertThat(dump).startsWith("rhizome-metadata 2\n").endsWith("\nend\n");

        assertThat(run("restore-md", "r0", saved.toString())).isEqualTo(11);
        assertThat(err.toString()).contains("--force").hasLineCount(1);
        Files.delete(metaDisk);
        assertThat(run("restore-md", "r0", saved.toString())).isZero();
        assertThat(out)
                .hasToString(
                        "r0: "
                                + metaDisk
                                + " holds the metadata of "
                                + saved
                                + " now: generation 0000000000000004, 0 active extents, 0 blocks"
                                + " out of sync\n");
        assertThat(run("dump-md", "r0")).isZero();
        assertThat(out).hasToString(dump);

        assertThat(run("show-gi", "r0")).isZero();
        assertThat(out.toString())
                .contains("0000000000000004  current  just created", "no   CONSISTENT");
        assertThat(run("show-gi", "--json", "r0")).isZero();
        assertThat(out.toString()).hasLineCount(1);
        assertThat(JSON.std.mapFrom(out.toString()))
                .containsEntry("name", "r0")
                .containsEntry(
                        "generations",
                        Map.of(
                                "current",
                                "0000000000000004",
                                "bitmap",
                                "0000000000000000",
                                "history",
                                List.of()));
    }

    @Test
    void damageHasItsExitCode() throws Exception {
        configure("");
        assertThat(run("verify-md", "r0")).isEqualTo(11);
        assertThat(err.toString()).contains("create-md r0").hasLineCount(1);
        assertThat(run("create-md", "r0")).isZero();
        assertThat(run("verify-md", "r0")).isZero();
        assertThat(out.toString().lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("good     "));
        try (RandomAccessFile damaged = new RandomAccessFile(disk.toFile(), "rw")) {
            damaged.seek(BYTES - 512 - 4096 + 100);
            damaged.write(1);
        }
        assertThat(run("verify-md", "r0")).isEqualTo(1);
        assertThat(out.toString()).startsWith("damaged  superblock: slot 1: checksum");
        assertThat(run("dump-md", "r0")).isEqualTo(11);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains("--force").hasLineCount(1);
        assertThat(run("dump-md", "--force", "r0")).isZero();
        assertThat(out.toString()).contains("# Damaged: superblock: slot 1");
        assertThat(run("verify-md", "--repair", "r0")).isZero();
        assertThat(out.toString()).contains("mended   superblock: slot 1 written from slot 0\n");
        assertThat(run("verify-md", "r0")).isZero();
    }

    @Test
    void aDumpThatIsNoneIsSaidWithItsLine() throws Exception {
        Path none = Files.writeString(directory.resolve("none"), "# nothing\n\nrhizome 7\n");
        assertThat(run("restore-md", "r0", none.toString())).isEqualTo(11);
        assertThat(err)
                .hasToString(
                        "rhizome: "
                                + none
                                + ":3: 'rhizome-metadata' is expected here, not 'rhizome'\n");
        assertThat(run("restore-md", "r0")).isEqualTo(2);
        assertThat(metaDisk).doesNotExist();
    }
}
