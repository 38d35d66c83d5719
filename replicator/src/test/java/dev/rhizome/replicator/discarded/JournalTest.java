package dev.rhizome.replicator.discarded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.replicator.discarded.JournalReader.JournalException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {
    private static final int BLOCK = DiscardedJournal.BLOCK_BYTES;

    /** The last block is an eighth of one; behind the volume is what is not its. */
    private static final int VOLUME_BYTES = 1000 * BLOCK + 512;

    private static final List<JournalWriter.Run> RUNS =
            List.of(
                    new JournalWriter.Run(0, 1),
                    new JournalWriter.Run(7, 300),
                    new JournalWriter.Run(999, 2));

    @TempDir private Path folder = Path.of("/nonexistent");
    private Path disk = folder;
    private byte[] content = {};

    @BeforeEach
    void fill() throws Exception {
        disk = folder.resolve("disk");
        content = new byte[VOLUME_BYTES + 8192];
        new Random(3).nextBytes(content);
        Files.write(disk, content);
    }

    private DiscardedJournal kept() throws Exception {
        return new JournalWriter(folder.resolve("kept"))
                .keep(disk, RUNS, "r0", "beta", VOLUME_BYTES, "00000000000000A2");
    }

    @Test
    void whatWasKeptComesBackWhereItLay() throws Exception {
        DiscardedJournal kept = kept();
        assertThat(kept.blocks()).isEqualTo(303);
        Path image = folder.resolve("image");
        assertThat(JournalReader.extract(kept.file(), image, false)).isEqualTo(described(kept));

        byte[] expected = new byte[VOLUME_BYTES];
        for (JournalWriter.Run run : RUNS) {
            int from = (int) run.first() * BLOCK;
            int to = Math.min(from + (int) run.count() * BLOCK, VOLUME_BYTES);
            System.arraycopy(content, from, expected, from, to - from);
        }
        assertThat(Files.readAllBytes(image)).isEqualTo(expected);
    }

    private static DiscardedJournal described(DiscardedJournal kept) throws Exception {
        DiscardedJournal found = JournalReader.describe(kept.file());
        assertThat(found.resource()).isEqualTo("r0");
        assertThat(found.node()).isEqualTo("beta");
        assertThat(found.blocks()).isEqualTo(kept.blocks());
        assertThat(found.generation()).isEqualTo(kept.generation());
        assertThat(found.at().toEpochMilli()).isEqualTo(kept.at().toEpochMilli());
        return found;
    }

    @Test
    void itGoesOverACopyThatIsThereOnlyIfAsked() throws Exception {
        DiscardedJournal kept = kept();
        byte[] other = new byte[VOLUME_BYTES];
        Arrays.fill(other, (byte) 7);
        Path image = Files.write(folder.resolve("image"), other);
        assertThatThrownBy(() -> JournalReader.extract(kept.file(), image, false))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining("--onto");
        assertThat(Files.readAllBytes(image)).isEqualTo(other);
        JournalReader.extract(kept.file(), image, true);
        byte[] now = Files.readAllBytes(image);
        assertThat(now[BLOCK]).isEqualTo((byte) 7);
        assertThat(Arrays.copyOfRange(now, 7 * BLOCK, 307 * BLOCK))
                .isEqualTo(Arrays.copyOfRange(content, 7 * BLOCK, 307 * BLOCK));
    }

    @Test
    void itIsTheOwnersAlone() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(kept().file())))
                .isEqualTo("rw-------");
    }

    @Test
    void damageIsSaidAndNothingIsBelieved() throws Exception {
        DiscardedJournal kept = kept();
        long size = Files.size(kept.file());
        requireDamaged(kept.file(), 40, "header is not whole");
        requireDamaged(kept.file(), 4096, "table is not whole");
        requireDamaged(kept.file(), size - 512, "blocks at byte " + 999 * BLOCK + " are not as");
        Path cut = Files.write(folder.resolve("cut"), new byte[100]);
        assertThatThrownBy(() -> JournalReader.describe(cut)).hasMessageContaining("too short");
    }

    private void requireDamaged(Path file, long at, String message) throws Exception {
        flip(file, at);
        Path image = folder.resolve("image-" + at);
        assertThatThrownBy(() -> JournalReader.extract(file, image, false))
                .isInstanceOf(JournalException.class)
                .hasMessageContaining(message);
        flip(file, at);
    }

    private static void flip(Path file, long at) throws Exception {
        try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(at);
            int before = bytes.read();
            bytes.seek(at);
            bytes.write(before ^ 1);
        }
    }

    @Test
    void aListLeavesOutWhatIsDamagedAndSaysSo() throws Exception {
        Path directory = kept().file().resolveSibling("");
        Files.write(directory.resolve("r0-x" + DiscardedJournal.SUFFIX), new byte[5000]);
        List<String> problems = new ArrayList<>();
        assertThat(JournalReader.list(directory, problems)).hasSize(1);
        assertThat(problems).singleElement().asString().contains("no file of kept blocks");
        assertThat(JournalReader.list(folder.resolve("none"), problems)).isEmpty();
    }

    /** What a crash has left in the middle has no name that counts, and goes. */
    @Test
    void aHalfWrittenFileGoesWithTheNext() throws Exception {
        Path directory = Files.createDirectory(folder.resolve("kept"));
        Path left = directory.resolve("r0-20260101T000000000Z.discarded.partial");
        Files.write(left, new byte[10]);
        assertThat(JournalReader.list(directory, new ArrayList<>())).isEmpty();
        kept();
        assertThat(left).doesNotExist();
    }

    @Test
    void aDiskThatIsTooShortKeepsNothing() throws Exception {
        Files.write(disk, new byte[BLOCK * 8]);
        assertThatThrownBy(this::kept).hasMessageContaining("ends at byte");
        assertThat(folder.resolve("kept")).isEmptyDirectory();
    }
}
