package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.activitylog.ActivityLogImage;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.metadata.SuperblockCodec;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged metadata: what is said of it, and what mends it. */
class MetadataDamageTest extends OfflineDisk {

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
        BitmapPageCodec.encode(2, words, 0, page);
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
        assertThat(forced.subList(9, 13))
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
        ActivityLogImage.encode(List.of(900, 1), 1024, ring);
        put(LAYOUT.activityLogOffsetBytes(0), ring.array());
        assertThat(findings(true)).contains("1 active extents lie beyond the end");
        List<String> forced = bare(dumped(place, true));
        assertThat(forced).contains("active-extents 1024", "1+1").doesNotContain("900+1");
        assertThat(repaired())
                .containsExactly("activity log: written without what lies beyond the end");
        assertThat(bare(dumped(place, false))).isEqualTo(forced);
    }
}
