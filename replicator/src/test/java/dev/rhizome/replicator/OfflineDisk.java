package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.metadata.MetadataLayout;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk whose metadata is worked on offline; the tests of that extend it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
abstract class OfflineDisk {
    /** 256 MiB of data, so three pages of bitmap; sparse. */
    static final long DISK_BYTES = 258 << 20;

    static final MetadataLayout LAYOUT = MetadataLayout.internal(DISK_BYTES);

    static final String BODY =
            """
            sequence 17
            flags CONSISTENT WAS_UP_TO_DATE PRIMARY_INDICATOR PEER_OUTDATED
            current 8C0F2A6E4D1B9375
            bitmap 1B2C3D4E5F607182
            history 1B2C3D4E5F607183 0000000000000021
            tenure 1700000000000 1700000000001 1700000000002
            """;

    Pair pair;
    Path disk;
    MetadataPlace place;

    @BeforeEach
    void create(@TempDir Path folder) throws Exception {
        pair = new Pair(folder);
        disk = pair.disk("alpha");
        Pair.emptyDisk(disk, DISK_BYTES);
        place = new MetadataPlace("r0", disk, null);
    }

    @AfterEach
    void close() {
        pair.close();
    }

    void created() throws VolumeException {
        OfflineMetadata.create(place, false);
    }

    static String dumped(MetadataPlace place, boolean force) throws VolumeException {
        StringBuilder text = new StringBuilder();
        OfflineMetadata.dump(place, force, line -> text.append(line).append('\n'));
        return text.toString();
    }

    Path saved(String text) throws Exception {
        return Files.writeString(pair.folder.resolve("dump"), text);
    }

    /** Without comments. */
    static List<String> bare(String dump) {
        return dump.lines()
                .map(line -> line.replaceAll("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
    }

    String dump(String... runs) {
        return "rhizome-metadata 2\nresource r0\nvolume-bytes "
                + LAYOUT.volumeBytes()
                + "\n"
                + BODY
                + String.join("\n", runs)
                + "\nend\n";
    }

    void put(long offset, byte... bytes) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(offset);
            file.write(bytes);
        }
    }

    void damage(long offset) throws Exception {
        byte[] one = new byte[1];
        pair.onDisk("alpha", offset, 1).get(one);
        put(offset, (byte) ~one[0]);
    }

    String findings(boolean damage) throws VolumeException {
        MetadataReport report = OfflineMetadata.verify(place, false);
        assertThat(report.damaged())
                .isEqualTo(report.findings().stream().anyMatch(MetadataFinding::damage));
        assertThat(report.repairs()).isEmpty();
        assertThat(report.damaged()).isEqualTo(damage);
        return report.findings().stream()
                .filter(finding -> finding.damage() == damage)
                .map(MetadataFinding::text)
                .collect(Collectors.joining("\n"));
    }

    List<String> repaired() throws VolumeException {
        MetadataReport report = OfflineMetadata.verify(place, true);
        assertThat(report.damaged()).isFalse();
        findings(false);
        return report.repairs();
    }

    void assertRefused(Path file, boolean force, String... parts) {
        assertThatThrownBy(() -> OfflineMetadata.restore(place, file, force))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain("\n");
    }
}
