package dev.rhizome.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line. */
class SimulatorMainTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... arguments) {
        return SimulatorMain.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                arguments);
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--seeds",
                "--seeds x",
                "--seeds 0",
                "--bogus",
                "left-over",
                "--seed 1 --planted",
                "--seeds 1 --seed 1",
                "--trace",
                "--seed 1 --first 2",
                "--seed 1 --time 2",
                "--exhaustive 0",
                "--sabotage NOBODY",
                "--planted --sabotage NO_DRAIN",
                "--replay /there/is/none",
                "--shrink /there/is/none",
                "--shrink 1",
                "--threads 0"
            })
    void wrongArgumentsAreToldInOneLine(String arguments) {
        assertThat(run(arguments.split(" "))).isEqualTo(SimulatorMain.USAGE);
        assertThat(err().lines()).hasSize(1);
        assertThat(err()).startsWith("simulate: ").contains("--help");
    }

    @Test
    void helpNamesEveryMode() {
        assertThat(run("--help")).isZero();
        assertThat(out())
                .contains("--seeds", "--seed", "--replay", "--shrink", "--planted", "--exhaustive")
                .contains("Exit codes:", "NO_DRAIN");
    }

    @Test
    void seedsAreSummedUp() {
        assertThat(run("--seeds", "20", "--first", "5")).isZero();
        assertThat(out())
                .contains("20 seeds (1 of them twice)", "0 violations", "seeds/s", "faults: kill")
                .contains("handshake rules reached:", "promotion rules never reached:");
    }

    @Test
    void aRecordedSeedIsReplayed(@TempDir Path folder) {
        String file = folder.resolve("seed").toString();
        assertThat(run("--seed", "3", "--record", file)).isZero();
        String hash = out().replaceAll("(?s).*trace hash ([0-9a-f]+).*", "$1");
        out.reset();
        assertThat(run("--replay", file)).isZero();
        assertThat(out()).contains("trace hash " + hash);
    }

    @Test
    void aFailureSaysHowToSeeItAgain(@TempDir Path folder) {
        System.setProperty(OneRun.FOLDER, folder.toString());
        try {
            assertThat(run("--seeds", "2000", "--sabotage", "no_drain"))
                    .isEqualTo(SimulatorMain.BROKEN);
        } finally {
            System.clearProperty(OneRun.FOLDER);
        }
        assertThat(out())
                .contains("INV-13", "again:   scripts/simulate --seed ", "--sabotage NO_DRAIN");
        assertThat(folder).isDirectoryContaining("glob:**.replay");
    }
}
