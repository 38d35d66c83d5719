package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.role.DiskState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Making metadata on a disk, and opening a disk by what is on it. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MetadataTest {
    private static final MetadataLayout LAYOUT = MetadataLayout.internal(Pair.DISK_BYTES);

    private Pair pair;
    private Path disk;

    @BeforeEach
    void create(@TempDir Path folder) throws Exception {
        pair = new Pair(folder);
        disk = pair.disk("alpha");
        Pair.emptyDisk(disk, Pair.DISK_BYTES);
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private CreatedMetadata createMetadata(boolean force) throws VolumeException {
        return ReplicatedVolume.createMetadata(disk, "r0", force);
    }

    private void put(long offset, byte... bytes) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.seek(offset);
            file.write(bytes);
        }
    }

    private void assertOpenFails(String... parts) throws Exception {
        assertThatThrownBy(() -> pair.open("alpha"))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain("\n");
        Pair.awaitNoThreads();
    }

    // ---- create

    @Test
    void tellsWhatWasMade() throws Exception {
        CreatedMetadata made = createMetadata(false);
        assertThat(made.volumeBytes()).isEqualTo(LAYOUT.volumeBytes());
        assertThat(made.volumeBytes() + made.metadataBytes()).isEqualTo(Pair.DISK_BYTES);
        VolumeStatus status = pair.open("alpha").status();
        assertThat(status.sizeBytes()).isEqualTo(made.volumeBytes());
        assertThat(status.disk()).isEqualTo(DiskState.INCONSISTENT);
    }

    /** A disk that takes the place of a smaller one. */
    @Test
    void makesAVolumeThatIsSmallerThanTheDisk() throws Exception {
        MetadataPlace place = new MetadataPlace("r0", disk, null);
        long bytes = LAYOUT.volumeBytes() - (1 << 20);
        assertThat(OfflineMetadata.create(place, bytes, false).volumeBytes()).isEqualTo(bytes);
        assertThat(pair.open("alpha").status().sizeBytes()).isEqualTo(bytes);
        pair.close();
        assertThatThrownBy(() -> OfflineMetadata.create(place, LAYOUT.volumeBytes() + 4096, true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll("has room for", "take a larger disk");
        assertThatThrownBy(() -> OfflineMetadata.create(place, 1000, true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining("at least 1 MiB");
    }

    @Test
    void refusesASmallDisk() throws Exception {
        Pair.emptyDisk(disk, 1 << 20);
        assertThatThrownBy(() -> createMetadata(true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll(disk.toString(), "1048576 bytes", "at least");
    }

    @Test
    void refusesADiskThatIsNotThereAndOneThatIsNone() {
        assertThatThrownBy(
                        () -> ReplicatedVolume.createMetadata(Path.of("/no/such/disk"), "r0", true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll("/no/such/disk");
        assertThatThrownBy(() -> ReplicatedVolume.createMetadata(pair.folder, "r0", true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining("neither a file nor a block device");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-r", "a/b", "a b", "rö", "\n"})
    void refusesNamesThatAreNone(String name) {
        assertThatThrownBy(() -> ReplicatedVolume.createMetadata(disk, name, true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining("no resource name");
    }

    @Test
    void refusesMetadataThatIsThereUnlessForced() throws Exception {
        createMetadata(false);
        assertThatThrownBy(() -> createMetadata(false))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll("holds Rhizome metadata already", "'r0'", "--force");
        ReplicatedVolume.createMetadata(disk, "other", true);
        assertOpenFails("belongs to resource 'other', not 'r0'");
        createMetadata(true);
        pair.open("alpha");
    }

    @Test
    void refusesWhatLooksLikeDataUnlessForced() throws Exception {
        Map<String, Map.Entry<Integer, String>> signatures =
                Map.of(
                        "ext4", Map.entry(0x438, "53EF"),
                        "an XFS file system", Map.entry(0, "58465342"),
                        "a GPT partition table", Map.entry(512, "4546492050415254"),
                        "a partition table or boot sector", Map.entry(510, "55AA"),
                        "a LUKS volume", Map.entry(0, "4C554B53BABE"),
                        "a Linux RAID member", Map.entry(4096, "FC4E2BA9"),
                        "a Btrfs file system", Map.entry(0x10040, "5F42485266535F4D"));
        for (var signature : signatures.entrySet()) {
            int offset = signature.getValue().getKey();
            byte[] magic = HexFormat.of().parseHex(signature.getValue().getValue());
            put(offset, magic);
            assertThatThrownBy(() -> createMetadata(false))
                    .isInstanceOf(VolumeException.class)
                    .hasMessageContainingAll(signature.getKey(), "--force");
            put(offset, new byte[magic.length]);
        }
        put(0x438, HexFormat.of().parseHex("53EF"));
        createMetadata(true);
        assertThat(pair.onDisk("alpha", 0x438, 2))
                .isEqualTo(ByteBuffer.wrap(HexFormat.of().parseHex("53EF")));
    }

    @Test
    void refusesADiskThatAVolumeUses() throws Exception {
        createMetadata(false);
        pair.open("alpha");
        assertThatThrownBy(() -> createMetadata(true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining("in use");
    }

    @Test
    void leavesTheDataAloneAndNothingOldInTheMetadata() throws Exception {
        createMetadata(false);
        byte[] onZeroes = Files.readAllBytes(disk);
        byte[] noise = new byte[(int) Pair.DISK_BYTES];
        Arrays.fill(noise, (byte) 0x5A);
        Files.write(disk, noise);
        createMetadata(false);
        byte[] now = Files.readAllBytes(disk);
        int volume = (int) LAYOUT.volumeBytes();
        assertThat(Arrays.mismatch(now, noise)).isEqualTo(volume);
        assertThat(Arrays.mismatch(now, volume, now.length, onZeroes, volume, now.length))
                .isEqualTo(-1);
    }

    // ---- open

    @Test
    void openNeedsMetadata() throws Exception {
        assertOpenFails(disk.toString(), "no Rhizome metadata", "create-md r0");
    }

    @Test
    void openNeedsTheDisk() throws Exception {
        Files.delete(disk);
        assertOpenFails(disk.toString(), "No such file");
    }

    @Test
    void aDiskThatHasGrownIsFoundAtItsOldSize() throws Exception {
        createMetadata(false);
        byte[] last = new byte[4096];
        pair.onDisk("alpha", LAYOUT.slotOffsetBytes(1), 4096).get(last);
        grow(1 << 20);
        requireOldSize();
        assertThatThrownBy(() -> createMetadata(false))
                .hasMessageContainingAll("smaller device", "rhizome resize r0", "--force");
        // A slot alone is no metadata, even where the end is.
        put(Pair.DISK_BYTES + (1 << 20) - 4096, last);
        requireOldSize();
    }

    private void grow(int bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(Pair.DISK_BYTES + bytes);
        }
    }

    private void requireOldSize() throws Exception {
        ReplicatedVolume volume = pair.open("alpha");
        assertThat(volume.status().sizeBytes()).isEqualTo(LAYOUT.volumeBytes());
        volume.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void oneDamagedSlotIsEnough(int slot) throws Exception {
        createMetadata(false);
        put(LAYOUT.slotOffsetBytes(slot) + 50, (byte) 1);
        ReplicatedVolume volume = pair.open("alpha");
        assertThat(Pair.accepted(volume.promote(true)).rule()).isEqualTo("forced");
    }

    @Test
    void twoDamagedSlotsAreRefusedWithWhatToDo() throws Exception {
        createMetadata(false);
        put(LAYOUT.slotOffsetBytes(0) + 50, (byte) 1);
        put(LAYOUT.slotOffsetBytes(1) + 50, (byte) 1);
        assertOpenFails(
                "slot 0",
                "slot 1",
                "checksum",
                "restore-md --force r0",
                "create-md --force r0",
                "resync");
    }

    @Test
    void aNewerFormatIsRefusedByName() throws Exception {
        createMetadata(false);
        byte[] slot = new byte[SuperblockCodec.BYTES];
        SuperblockCodec.encode(
                Superblock.created("r0", LAYOUT.volumeBytes()), ByteBuffer.wrap(slot));
        slot[15] = 3;
        CRC32C crc = new CRC32C();
        crc.update(slot, 12, slot.length - 12);
        ByteBuffer.wrap(slot).putInt(8, (int) crc.getValue());
        put(LAYOUT.slotOffsetBytes(1), slot);
        assertOpenFails("format version 3", "install the version");
    }

    @Test
    void aDiskIsOpenedOnce() throws Exception {
        createMetadata(false);
        ReplicatedVolume first = pair.open("alpha");
        assertThatThrownBy(() -> pair.open("alpha"))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining("in use");
        first.close();
        pair.open("alpha");
    }

    @Test
    void theStateSurvivesACloseAndACrash() throws Exception {
        createMetadata(false);
        ReplicatedVolume first = pair.open("alpha");
        Pair.accepted(first.promote(true));
        Pair.get(first.write(0, Pair.pattern(1, 4096), false));
        first.close();
        ReplicatedVolume second = pair.open("alpha");
        Pair.accepted(second.promote(false));
        assertThat(Pair.read(second, 0, 4096)).isEqualTo(Pair.pattern(1, 4096));
    }

    // ---- certificates and options

    @Test
    void certificatesAreChecked() throws Exception {
        createMetadata(false);
        Path trusted = pair.folder.resolve("ca.crt");
        Path none = pair.folder.resolve("none.crt");
        var beta = pair.certificate("beta");
        var alpha = pair.certificate("alpha");
        assertRefused(
                pair.options("alpha").certificates(trusted, beta.certificateFile(), beta.keyFile()),
                "beta");
        assertRefused(
                pair.options("alpha").certificates(none, alpha.certificateFile(), alpha.keyFile()),
                none.toString());
        assertRefused(
                pair.options("alpha").certificates(trusted, none, alpha.keyFile()),
                none.toString());
        Path garbage = Files.write(none, "no key".getBytes(StandardCharsets.UTF_8));
        assertRefused(
                pair.options("alpha").certificates(trusted, alpha.certificateFile(), garbage),
                garbage.toString());
        pair.open("alpha");
    }

    @Test
    void timesAndNamesAreChecked() throws Exception {
        createMetadata(false);
        Duration none = Duration.ZERO;
        assertRefused(pair.options("alpha").pingTimeout(none), "ping timeout");
        assertRefused(pair.options("alpha").connectInterval(none), "connect interval");
        assertRefused(
                pair.options("alpha").requestTimeout(Duration.ofDays(100000)), "request timeout");
        VolumeOptions good = pair.options("alpha").build();
        assertRefused(
                VolumeOptions.builder("r0", "alpha", "alpha")
                        .disk(disk)
                        .links(good.listen(), good.peerAddresses())
                        .certificates(
                                good.certificates().authority(),
                                good.certificates().certificate(),
                                good.certificates().key()),
                "not its own peer");
    }

    private void assertRefused(VolumeOptions.Builder options, String part) {
        assertThatThrownBy(() -> pair.open(options))
                .isInstanceOf(VolumeException.class)
                .hasMessageContaining(part);
    }
}
