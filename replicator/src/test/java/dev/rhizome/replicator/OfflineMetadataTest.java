package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.role.DiskState;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata printed, restored, checked and mended. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OfflineMetadataTest {
    /** 256 MiB of data, so three pages of bitmap; sparse. */
    private static final long DISK_BYTES = 258 << 20;

    private static final MetadataLayout LAYOUT = MetadataLayout.internal(DISK_BYTES);

    private static final String BODY =
            """
            sequence 17
            flags CONSISTENT WAS_UP_TO_DATE PRIMARY_INDICATOR PEER_OUTDATED
            current 8C0F2A6E4D1B9375
            bitmap 1B2C3D4E5F607182
            history 1B2C3D4E5F607183 0000000000000021
            """;

    private Pair pair;
    private Path disk;
    private MetadataPlace place;

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

    // ---- helpers

    private void created() throws VolumeException {
        OfflineMetadata.create(place, false);
    }

    private static String dumped(MetadataPlace place, boolean force) throws VolumeException {
        StringBuilder text = new StringBuilder();
        OfflineMetadata.dump(place, force, line -> text.append(line).append('\n'));
        return text.toString();
    }

    private Path saved(String text) throws Exception {
        return Files.writeString(pair.folder.resolve("dump"), text);
    }

    /** Without comments. */
    private static List<String> bare(String dump) {
        return dump.lines()
                .map(line -> line.replaceAll("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .toList();
    }

    private String dump(String... runs) {
        return "rhizome-metadata 2\nresource r0\nvolume-bytes "
                + LAYOUT.volumeBytes()
                + "\n"
                + BODY
                + String.join("\n", runs)
                + "\nend\n";
    }

    private void put(long offset, byte... bytes) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(offset);
            file.write(bytes);
        }
    }

    private void damage(long offset) throws Exception {
        byte[] one = new byte[1];
        pair.onDisk("alpha", offset, 1).get(one);
        put(offset, (byte) ~one[0]);
    }

    private String findings(boolean damage) throws VolumeException {
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

    private List<String> repaired() throws VolumeException {
        MetadataReport report = OfflineMetadata.verify(place, true);
        assertThat(report.damaged()).isFalse();
        findings(false);
        return report.repairs();
    }

    private void assertRefused(Path file, boolean force, String... parts) {
        assertThatThrownBy(() -> OfflineMetadata.restore(place, file, force))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain("\n");
    }

    // ---- dump and restore

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
        assertRefused(bad, true, bad + ":11: 'x' is not a number");
        Path cut = saved(dump("active-extents none", "out-of-sync").replace("end\n", ""));
        assertRefused(cut, true, cut + ":11: 'end' is missing");
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

    // ---- damage

    @Test
    void goodMetadataIsGood() throws Exception {
        created();
        assertThat(findings(false).lines())
                .containsExactly(
                        "superblock: both slots are good (sequence 1)",
                        "activity log: good, nothing is active",
                        "bitmap: 3 of 3 pages are good; 0 blocks (0 bytes of 257 MiB) count as"
                                + " different from the peer's");
    }

    @Test
    void noMetadataIsSaidSo() {
        for (boolean repair : List.of(false, true)) {
            assertThatThrownBy(() -> OfflineMetadata.verify(place, repair))
                    .hasMessageContainingAll("no Rhizome metadata", "create-md r0");
        }
        assertThatThrownBy(() -> dumped(place, true)).hasMessageContaining("create-md r0");
        assertThatThrownBy(() -> OfflineMetadata.generations(place))
                .hasMessageContaining("create-md r0");
    }

    @Test
    void damagedPagesAreAllSet() throws Exception {
        created();
        damage(LAYOUT.bitmapOffsetBytes(0) + 4000);
        damage(LAYOUT.bitmapOffsetBytes(2) + 17);
        assertThat(findings(true).lines())
                .containsExactly(
                        "bitmap: page 0 is damaged; all of blocks 0 to 31743 count as different on"
                                + " attach; --repair writes it so",
                        "bitmap: page 2 is damaged; all of blocks 63488 to "
                                + (LAYOUT.blocks() - 1)
                                + " count as different on attach; --repair writes it so");
        assertThatThrownBy(() -> dumped(place, false))
                .hasMessageContainingAll("page 0 is damaged", "verify-md r0", "--force");
        String forced = dumped(place, true);
        assertThat(forced).contains("# Damaged: bitmap: page 2 is damaged");
        List<String> expected = List.of("0+31744", "63488+" + (LAYOUT.blocks() - 63488));
        assertThat(bare(forced)).containsAll(expected);
        assertThat(repaired()).containsExactly("bitmap: 2 pages written");
        assertThat(bare(dumped(place, false))).isEqualTo(bare(forced));
    }

    @Test
    void bitsBeyondTheEndAreCleared() throws Exception {
        created();
        ByteBuffer page = ByteBuffer.allocate(4096);
        long[] words = new long[496];
        words[495] = 1L << 63;
        dev.rhizome.core.bitmap.BitmapPageCodec.encode(2, words, 0, page);
        put(LAYOUT.bitmapOffsetBytes(2), page.array());
        assertThat(findings(true)).contains("page 2 is good, but with bits beyond the end");
        assertThat(repaired()).containsExactly("bitmap: 1 page written");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aDamagedSlotIsWrittenFromTheOther(int slot) throws Exception {
        OfflineMetadata.restore(place, saved(dump("active-extents none", "out-of-sync")), false);
        String before = dumped(place, false);
        damage(LAYOUT.slotOffsetBytes(slot) + 3000);
        assertThat(findings(true))
                .contains("slot " + slot + ": checksum", "uses slot " + (1 - slot), "--repair");
        assertThat(OfflineMetadata.generations(place).warning()).contains("slot " + slot);
        assertThat(bare(dumped(place, true))).isEqualTo(bare(before));
        assertThat(repaired())
                .containsExactly("superblock: slot " + slot + " written from slot " + (1 - slot));
        assertThat(dumped(place, false)).isEqualTo(before);
    }

    @Test
    void slotsOfDifferentAgeAreTold() throws Exception {
        created();
        putSlot(1, 5, 0);
        assertThat(findings(true)).contains("slot 0 is 4 changes older (sequence 5)", "lost");
        assertThat(repaired()).hasSize(1);
        putSlot(0, 6, Flag.ACTIVE.bit());
        assertThat(findings(false)).contains("slot 1 is one change older (sequence 6)");
        putSlot(1, 6, 0);
        assertThat(findings(true)).contains("the slots differ", "slot 0", "create-md --force");
        MetadataReport report = OfflineMetadata.verify(place, true);
        assertThat(report.damaged()).isTrue();
        assertThat(report.repairs()).isEmpty();
    }

    private void putSlot(int slot, long sequence, int flags) throws Exception {
        Superblock fresh = Superblock.created("r0", LAYOUT.volumeBytes());
        byte[] bytes = new byte[SuperblockCodec.BYTES];
        SuperblockCodec.encode(
                new Superblock(sequence, "r0", fresh.volumeBytes(), flags, fresh.generations()),
                ByteBuffer.wrap(bytes));
        put(LAYOUT.slotOffsetBytes(slot), bytes);
    }

    @Test
    void twoDamagedSlotsAreNotGuessed() throws Exception {
        created();
        damage(LAYOUT.slotOffsetBytes(0) + 100);
        damage(LAYOUT.slotOffsetBytes(1) + 100);
        damage(LAYOUT.bitmapOffsetBytes(1) + 100);
        assertThat(findings(true))
                .contains("both slots are unusable", "restore-md", "create-md --force", "page 1");
        assertThatThrownBy(() -> dumped(place, true)).hasMessageContaining("both slots");
        assertThatThrownBy(() -> OfflineMetadata.generations(place))
                .hasMessageContainingAll("restore-md --force r0", "create-md --force r0");
        MetadataReport report = OfflineMetadata.verify(place, true);
        assertThat(report.damaged()).isTrue();
        assertThat(report.repairs()).containsExactly("bitmap: 1 page written");
        Path good = saved(dump("active-extents none", "out-of-sync"));
        assertRefused(good, false, "holds Rhizome metadata already");
        OfflineMetadata.restore(place, good, true);
        findings(false);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDamagedLogStandsForAllBlocksIfItIsNeeded(boolean needed) throws Exception {
        String text = dump("active-extents 8", "0+2000", "out-of-sync", "7+1");
        if (!needed) {
            text = text.replace("PRIMARY_INDICATOR ", "");
        }
        OfflineMetadata.restore(place, saved(text), false);
        damage(LAYOUT.activityLogOffsetBytes(2) + 600);
        assertThat(findings(true))
                .contains("activity log: transaction 2 of it is damaged")
                .contains(needed ? "the resync is a full one" : "the node ended in order");
        List<String> forced = bare(dumped(place, true));
        String expected = needed ? "0+" + LAYOUT.blocks() : "7+1";
        assertThat(forced.subList(8, 12))
                .containsExactly("active-extents none", "out-of-sync", expected, "end");
        List<String> repairs = repaired();
        assertThat(repairs).contains("activity log: emptied").hasSize(needed ? 2 : 1);
        assertThat(bare(dumped(place, false))).isEqualTo(forced);
    }

    @Test
    void extentsBeyondTheEndAreDropped() throws Exception {
        OfflineMetadata.restore(
                place, saved(dump("active-extents 1024", "1+1", "out-of-sync")), false);
        ByteBuffer ring = ByteBuffer.allocate(255 * 4096);
        dev.rhizome.core.activitylog.ActivityLogImage.encode(List.of(900, 1), 1024, ring);
        put(LAYOUT.activityLogOffsetBytes(0), ring.array());
        assertThat(findings(true)).contains("1 active extents lie beyond the end");
        List<String> forced = bare(dumped(place, true));
        assertThat(forced).contains("active-extents 1024", "1+1").doesNotContain("900+1");
        assertThat(repaired())
                .containsExactly("activity log: written without what lies beyond the end");
        assertThat(bare(dumped(place, false))).isEqualTo(forced);
    }

    // ---- generations

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
