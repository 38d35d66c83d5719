package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.metadata.MetadataLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Metadata in a place of its own: a disk with data is adopted as it is. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExternalMetadataTest {
    /** A multiple of 512, but not of 4096. */
    private static final int BYTES = (5 << 20) + 4096 + 3 * 512;

    private static final MetadataLayout LAYOUT = MetadataLayout.external(BYTES);
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

    private Pair pair;
    private byte[] content;

    @BeforeEach
    void create(@TempDir Path folder) throws Exception {
        pair = new Pair(folder);
        content = new byte[BYTES];
        new Random(5).nextBytes(content);
        // It looks like a file system.
        content[0x438] = 0x53;
        content[0x439] = (byte) 0xEF;
        Files.write(pair.disk("alpha"), content);
        Files.setLastModifiedTime(pair.disk("alpha"), LONG_AGO);
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private Path metaDisk(String node) {
        return pair.folder.resolve(node + ".md");
    }

    private MetadataPlace place(String node) {
        return new MetadataPlace(Pair.RESOURCE, pair.disk(node), metaDisk(node));
    }

    private ReplicatedVolume open(String node) throws VolumeException {
        return pair.open(pair.options(node).metaDisk(metaDisk(node)));
    }

    private void assertDataUntouched() throws IOException {
        assertThat(Arrays.mismatch(Files.readAllBytes(pair.disk("alpha")), content)).isEqualTo(-1);
        assertThat(Files.getLastModifiedTime(pair.disk("alpha"))).isEqualTo(LONG_AGO);
    }

    private void assertReads(ReplicatedVolume volume) throws Exception {
        for (int at = 0; at < BYTES; at += 1 << 20) {
            int length = Math.min(1 << 20, BYTES - at);
            assertThat(Pair.read(volume, at, length))
                    .isEqualTo(ByteBuffer.wrap(content, at, length));
        }
    }

    private void assertRefused(boolean force, String... parts) {
        assertThatThrownBy(() -> OfflineMetadata.create(place("alpha"), force))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll(parts)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void adoptsADiskWithDataInPlace() throws Exception {
        CreatedMetadata made = OfflineMetadata.create(place("alpha"), false);
        assertThat(made).isEqualTo(new CreatedMetadata(BYTES, LAYOUT.metadataBytes()));
        assertThat(Files.size(metaDisk("alpha"))).isEqualTo(LAYOUT.metadataBytes());
        assertDataUntouched();

        ReplicatedVolume volume = open("alpha");
        assertThat(volume.status().sizeBytes()).isEqualTo(BYTES);
        Pair.accepted(volume.promote(true));
        assertReads(volume);
        volume.close();
        assertDataUntouched();

        ReplicatedVolume again = open("alpha");
        Pair.accepted(again.promote(false));
        int end = BYTES - 512;
        Pair.get(again.write(end, Pair.pattern(9, 512), true));
        Pair.pattern(9, 512).get(content, end, 512);
        assertReads(again);
        again.close();
        assertThat(Files.readAllBytes(pair.disk("alpha"))).isEqualTo(content);
        assertThat(OfflineMetadata.verify(place("alpha"), false).damaged()).isFalse();
    }

    @Test
    void theAdoptedDataIsCopiedToThePeer() throws Exception {
        Pair.emptyDisk(pair.disk("beta"), BYTES);
        OfflineMetadata.create(place("alpha"), false);
        OfflineMetadata.create(place("beta"), false);
        ReplicatedVolume alpha = open("alpha");
        Pair.accepted(alpha.promote(true));
        ReplicatedVolume beta = open("beta");
        Pair.awaitInStep(alpha, beta);
        Pair.get(alpha.write(BYTES - 1024, Pair.pattern(3, 1024), true));
        alpha.close();
        beta.close();
        Pair.pattern(3, 1024).get(content, BYTES - 1024, 1024);
        assertThat(Files.readAllBytes(pair.disk("alpha"))).isEqualTo(content);
        assertThat(Files.readAllBytes(pair.disk("beta"))).isEqualTo(content);
    }

    @Test
    void metadataThatIsThereIsKeptUnlessForced() throws Exception {
        OfflineMetadata.create(place("alpha"), false);
        assertRefused(false, metaDisk("alpha").toString(), "holds Rhizome metadata", "'r0'");
        OfflineMetadata.create(place("alpha"), true);
        open("alpha");
    }

    @Test
    void aMetadataDeviceThatLooksLikeDataNeedsForce() throws Exception {
        byte[] other = new byte[(int) LAYOUT.metadataBytes() + 12345];
        other[0x438] = 0x53;
        other[0x439] = (byte) 0xEF;
        Files.write(metaDisk("alpha"), other);
        assertRefused(false, metaDisk("alpha").toString(), "ext4", "first", "--force");
        assertThat(Files.readAllBytes(metaDisk("alpha"))).isEqualTo(other);
        OfflineMetadata.create(place("alpha"), true);
        assertThat(Files.size(metaDisk("alpha"))).as("only what is needed").isEqualTo(other.length);
        open("alpha");
    }

    @Test
    void aMetadataFileThatIsTooSmallIsSaid() throws Exception {
        Files.write(metaDisk("alpha"), new byte[4096]);
        assertRefused(true, "has 4096 bytes", "needs " + LAYOUT.metadataBytes());
        assertThat(metaDisk("alpha")).hasSize(4096);
    }

    @Test
    void aFolderThatIsNotThereIsSaid() {
        MetadataPlace place =
                new MetadataPlace("r0", pair.disk("alpha"), pair.folder.resolve("no/such/md"));
        assertThatThrownBy(() -> OfflineMetadata.create(place, true))
                .isInstanceOf(VolumeException.class)
                .hasMessageContainingAll("no/such/md", "folder", "does not exist");
    }

    @Test
    void aFailureLeavesNoFile() throws Exception {
        Files.write(pair.disk("alpha"), new byte[1000]);
        assertRefused(true, "1000 bytes", "at least");
        Files.delete(pair.disk("alpha"));
        assertRefused(true, pair.disk("alpha").toString());
        assertThat(metaDisk("alpha")).doesNotExist();
    }

    @Test
    void theDiskIsNotItsOwnMetadataDevice() throws Exception {
        Files.createLink(metaDisk("alpha"), pair.disk("alpha"));
        assertRefused(true, "is the disk of the data", "internal");
        assertDataUntouched();
    }

    @Test
    void internalMetadataIsNotTakenForDataUnlessForced() throws Exception {
        ReplicatedVolume.createMetadata(pair.disk("alpha"), "r0", true);
        assertRefused(false, pair.disk("alpha").toString(), "internal Rhizome metadata", "'r0'");
        assertThat(metaDisk("alpha")).doesNotExist();
        OfflineMetadata.create(place("alpha"), true);
    }

    @Test
    void openNeedsTheMetadataOfThisVolume() throws Exception {
        assertThatThrownBy(() -> open("alpha")).hasMessageContainingAll("alpha.md", "No such file");
        Files.write(metaDisk("alpha"), new byte[(int) LAYOUT.metadataBytes()]);
        assertThatThrownBy(() -> open("alpha"))
                .hasMessageContainingAll("alpha.md", "no Rhizome metadata", "create-md r0");
        OfflineMetadata.create(
                new MetadataPlace("other", pair.disk("alpha"), metaDisk("alpha")), false);
        assertThatThrownBy(() -> open("alpha"))
                .hasMessageContainingAll("alpha.md", "belongs to resource 'other', not 'r0'");
        OfflineMetadata.create(place("alpha"), true);
        Pair.emptyDisk(pair.disk("alpha"), BYTES - 512);
        assertThatThrownBy(() -> open("alpha"))
                .hasMessageContainingAll(
                        "alpha.md", String.valueOf(BYTES), "room for " + (BYTES - 512), "resized");
        // One that has grown is used as far as the metadata says.
        Pair.emptyDisk(pair.disk("alpha"), BYTES + (1 << 28));
        try (ReplicatedVolume grown = open("alpha")) {
            assertThat(grown.status().sizeBytes()).isEqualTo(BYTES);
        }
        Files.write(pair.disk("alpha"), content);
        Pair.emptyDisk(metaDisk("alpha"), LAYOUT.metadataBytes() - 4096);
        assertThatThrownBy(() -> open("alpha"))
                .hasMessageContainingAll("alpha.md", "cut off", "needs " + LAYOUT.metadataBytes());
        OfflineMetadata.create(
                new MetadataPlace(
                        "r0",
                        pair.disk("alpha"),
                        Files.createTempDirectory(pair.folder, "x").resolve("md")),
                true);
    }

    @Test
    void bothDisksAreHeld() throws Exception {
        OfflineMetadata.create(place("alpha"), false);
        ReplicatedVolume volume = open("alpha");
        assertRefused(true, pair.disk("alpha").toString(), "in use", "rhizome down r0");
        Path otherData = pair.folder.resolve("other.disk");
        Files.write(otherData, content);
        assertThatThrownBy(
                        () ->
                                OfflineMetadata.create(
                                        new MetadataPlace("r0", otherData, metaDisk("alpha")),
                                        true))
                .hasMessageContainingAll(metaDisk("alpha").toString(), "in use");
        volume.close();
        OfflineMetadata.create(place("alpha"), true);
    }
}
