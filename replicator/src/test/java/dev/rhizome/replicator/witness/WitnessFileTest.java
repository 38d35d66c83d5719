package dev.rhizome.replicator.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.core.witness.LedgerCodec;
import dev.rhizome.core.witness.LedgerImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A state file after crashes and damage: the old content, the new one, or a refusal. */
class WitnessFileTest {
    private static final LedgerImage NEWER =
            new LedgerImage(2, List.of(new Holding("r0", "a", 1000, 7, 8, List.of(0x11L), false)));
    private static final byte[] BYTES = LedgerCodec.encode(NEWER);

    private final Path file;
    private final Path fresh;

    WitnessFileTest(@TempDir Path directory) throws Exception {
        file = directory.resolve("witness.state");
        fresh = directory.resolve("witness.state.new");
        WitnessFile.create(file);
    }

    private LedgerImage content() throws WitnessException {
        try (WitnessFile opened = WitnessFile.open(file)) {
            return opened.image();
        }
    }

    @Test
    void whatIsWrittenIsRead() throws Exception {
        assertThat(content()).isEqualTo(LedgerImage.EMPTY);
        try (WitnessFile opened = WitnessFile.open(file)) {
            opened.write(BYTES);
        }
        assertThat(content()).isEqualTo(NEWER);
        assertThat(fresh).doesNotExist();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    /** However far the new file has come, until it has the name the old one counts. */
    @Test
    void aCrashBeforeTheNewNameLeavesTheOldContent() throws Exception {
        for (int length = 0; length <= BYTES.length; length++) {
            Files.write(fresh, Arrays.copyOf(BYTES, length));
            assertThat(content()).isEqualTo(LedgerImage.EMPTY);
        }
        try (WitnessFile opened = WitnessFile.open(file)) {
            opened.write(BYTES);
        }
        assertThat(content()).isEqualTo(NEWER);
    }

    @Test
    void aWriteThatFailsLeavesTheOldContentAndSaysSo() throws Exception {
        Files.createDirectories(fresh.resolve("in-the-way"));
        try (WitnessFile opened = WitnessFile.open(file)) {
            assertThatThrownBy(() -> opened.write(BYTES))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot write " + file)
                    .message()
                    .doesNotContain("\n");
        }
        assertThat(content()).isEqualTo(LedgerImage.EMPTY);
    }

    @Test
    void everyDamagedByteIsNoticed() throws Exception {
        for (int at = 0; at < BYTES.length; at++) {
            byte[] damaged = BYTES.clone();
            damaged[at] ^= (byte) 0x41;
            Files.write(file, damaged);
            requireRefusal("cannot be used");
        }
        for (int length = 0; length < BYTES.length; length++) {
            Files.write(file, Arrays.copyOf(BYTES, length));
            requireRefusal("cannot be used");
        }
        Files.write(file, new byte[LedgerCodec.MAX_BYTES + 1]);
        requireRefusal("it is too long");
        Files.write(file, BYTES);
        assertThat(content()).isEqualTo(NEWER);
    }

    private void requireRefusal(String what) {
        assertThatThrownBy(this::content)
                .isInstanceOf(WitnessException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(what)
                .hasMessageContaining("docs/witness.md")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aMissingFileIsNotMadeByTheWay() throws Exception {
        Files.delete(file);
        assertThatThrownBy(this::content)
                .hasMessageContaining("is not there")
                .hasMessageContaining("rhizome witness create");
        assertThat(file).doesNotExist();
    }

    @Test
    void anExistingFileIsNotMadeAnew() {
        assertThatThrownBy(() -> WitnessFile.create(file)).hasMessageContaining("there already");
        Path nowhere = file.resolveSibling("no/such.state");
        assertThatThrownBy(() -> WitnessFile.create(nowhere)).hasMessageContaining("cannot lock");
    }

    @Test
    void onlyOneHasIt() throws Exception {
        try (WitnessFile opened = WitnessFile.open(file)) {
            assertThat(opened.image()).isEqualTo(LedgerImage.EMPTY);
            assertThatThrownBy(this::content).hasMessageContaining("in use by another process");
        }
        assertThat(content()).isEqualTo(LedgerImage.EMPTY);
    }

    @Test
    void aPersonMayTakeAGrantAway() throws Exception {
        Files.write(file, BYTES);
        assertThat(WitnessTool.forget(file, "r0", "b")).isFalse();
        assertThat(content()).isEqualTo(NEWER);
        assertThat(WitnessTool.forget(file, "r0", "a")).isTrue();
        assertThat(content()).isEqualTo(new LedgerImage(3, List.of()));
    }
}
