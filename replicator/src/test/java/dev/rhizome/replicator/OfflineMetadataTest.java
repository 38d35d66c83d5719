package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.role.DiskState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata printed, restored and shown. */
class OfflineMetadataTest extends OfflineDisk {

    @Test
    void freshMetadataIsDumped() throws Exception {
        created();
        assertThat(bare(dumped(place, false)))
                .containsExactly(
                        "rhizome-metadata 2",
                        "resource r0",
                        "volume-bytes " + LAYOUT.volumeBytes(),
                        "sequence 1",
                        "flags none",
                        "current 0000000000000004",
                        "bitmap 0000000000000000",
                        "history none",
                        "tenure 0 0 0",
                        "active-extents none",
                        "out-of-sync",
                        "end");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsRestoredIsDumpedTheSame(boolean external) throws Exception {
        if (external) {
            place = new MetadataPlace("r0", disk, pair.folder.resolve("md"));
        }
        List<String> runs = new ArrayList<>(List.of("active-extents 8"));
        for (int extent = 0; extent < 4000; extent += 2) {
            runs.add(extent + "+1");
        }
        runs.addAll(List.of("out-of-sync", "0+1", "2+62", "65+128", "31740+10", "63487+2"));
        String text = dump(runs.toArray(String[]::new));
        if (external) {
            text = text.replace("bytes " + LAYOUT.volumeBytes(), "bytes " + DISK_BYTES);
        }
        RestoredMetadata restored = OfflineMetadata.restore(place, saved(text), false);
        assertThat(restored.current()).isEqualTo("8C0F2A6E4D1B9375");
        assertThat(restored.activeExtents()).isEqualTo(2000);
        assertThat(restored.outOfSyncBlocks()).isEqualTo(1 + 62 + 128 + 10 + 2);

        String again = dumped(place, false);
        assertThat(bare(again)).isEqualTo(bare(text));
        assertThat(again).contains("# 203 blocks out of sync: 812 KiB of 25");
        OfflineMetadata.restore(place, saved(again), true);
        assertThat(dumped(place, false)).isEqualTo(again);
        assertThat(findings(false)).contains("2000 extents are active (62.5 MiB)", "sequence 17");
    }

    @Test
    void theVolumeOpensWithWhatWasRestored() throws Exception {
        String text =
                dump("active-extents 1024", "3+2", "out-of-sync", "0+128")
                        .replace("PEER_OUTDATED", "PEER_OUTDATED ACTIVE");
        OfflineMetadata.restore(place, saved(text), false);
        ReplicatedVolume volume = pair.open("alpha");
        VolumeStatus status = volume.status();
        assertThat(status.disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(status.generations()).startsWith("8C0F2A6E4D1B9375", "1B2C3D4E5F607182");
        assertThat(status.recentEvents().toString()).contains(128 + 2048 + " blocks may differ");
        assertThatThrownBy(() -> dumped(place, false)).hasMessageContainingAll("in use", "down r0");
        assertThatThrownBy(() -> OfflineMetadata.verify(place, true))
                .hasMessageContaining("in use");
        assertThatThrownBy(() -> OfflineMetadata.generations(place)).hasMessageContaining("in use");
        volume.close();
        assertThat(bare(dumped(place, false)))
                .contains("active-extents none", "0+128", "3072+2048")
                .anyMatch(line -> line.startsWith("flags ") && line.contains("CRASHED_PRIMARY"));
    }

    @Test
    void aLoneWriterLeavesWhatItWrote() throws Exception {
        created();
        ReplicatedVolume volume = pair.open("alpha");
        Pair.accepted(volume.promote(true));
        Pair.get(volume.write(40 << 20, Pair.pattern(1, 8192), true));
        volume.close();
        String text = dumped(place, false);
        assertThat(text).contains("FORCED");
        OfflineMetadata.create(place, true);
        OfflineMetadata.restore(place, saved(text), true);
        assertThat(dumped(place, false)).isEqualTo(text);
        ReplicatedVolume again = pair.open("alpha");
        Pair.accepted(again.promote(false));
        assertThat(Pair.read(again, 40 << 20, 8192)).isEqualTo(Pair.pattern(1, 8192));
    }

    @Test
    void restoreIsRefusedWhereItDoesNotBelong() throws Exception {
        Path good = saved(dump("active-extents none", "out-of-sync"));
        Path other = pair.folder.resolve("other");
        Files.writeString(other, Files.readString(good).replace("resource r0", "resource r1"));
        assertRefused(other, false, "dump of resource 'r1', not of 'r0'", "--force");
        OfflineMetadata.restore(place, other, true);
        assertThat(bare(dumped(place, false))).contains("resource r0");
        assertRefused(good, false, "holds Rhizome metadata already", "--force");
        Files.writeString(other, Files.readString(good).replaceAll("bytes .*", "bytes 1048576"));
        assertRefused(other, true, "a volume of 1048576 bytes", "has room for 26", "one size only");
        assertRefused(pair.folder.resolve("none"), true, "there is no such file");
        assertRefused(pair.folder, true, "is not a file");
    }

    @Test
    void aSyntaxErrorNamesItsLineAndNothingIsWritten() throws Exception {
        created();
        String before = dumped(place, false);
        Path bad = saved(dump("active-extents none", "out-of-sync", "5+x"));
        assertRefused(bad, true, bad + ":12: 'x' is not a number");
        Path cut = saved(dump("active-extents none", "out-of-sync").replace("end\n", ""));
        assertRefused(cut, true, cut + ":12: 'end' is missing");
        Files.write(bad, new byte[100_000]);
        assertRefused(bad, true, bad + ":1: 'rhizome-metadata' is expected here, not '??");
        assertThat(dumped(place, false)).isEqualTo(before);
    }

    @Test
    void aDiskThatLooksLikeDataNeedsForce() throws Exception {
        put(0x438, (byte) 0x53, (byte) 0xEF);
        Path good = saved(dump("active-extents none", "out-of-sync"));
        assertRefused(good, false, "ext4", "--force");
        OfflineMetadata.restore(place, good, true);
    }

    @Test
    void generationsAndFlagsHaveWords() throws Exception {
        OfflineMetadata.restore(place, saved(dump("active-extents none", "out-of-sync")), false);
        GenerationReport report = OfflineMetadata.generations(place);
        assertThat(report.resource()).isEqualTo("r0");
        assertThat(report.sequence()).isEqualTo(17);
        assertThat(report.warning()).isEmpty();
        assertThat(report.generations())
                .extracting(each -> each.kind() + " " + each.value())
                .containsExactly(
                        "current 8C0F2A6E4D1B9375",
                        "bitmap 1B2C3D4E5F607182",
                        "history 1B2C3D4E5F607183",
                        "history 0000000000000021");
        assertThat(report.generations()).noneMatch(each -> each.meaning().isEmpty());
        assertThat(report.flags()).hasSize(Flag.values().length);
        assertThat(report.flags().stream().filter(GenerationReport.FlagState::set))
                .extracting(GenerationReport.FlagState::name)
                .containsExactly(
                        "CONSISTENT", "WAS_UP_TO_DATE", "PRIMARY_INDICATOR", "PEER_OUTDATED");
        assertThat(report.metadata()).isEqualTo(disk);
    }
}
