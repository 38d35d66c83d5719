package dev.rhizome.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every short sequence, with a crash at every point. */
class ExhaustiveTest {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private boolean clean(int depth, Sabotage sabotage) {
        PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return new Exhaustive(depth, Workers.cores(), sabotage, out, new Progress(out, false))
                .run();
    }

    @Test
    void shortSequencesBreakNoPromise() {
        assertThat(clean(2, Sabotage.NONE)).as(printed.toString(StandardCharsets.UTF_8)).isTrue();
        assertThat(printed.toString(StandardCharsets.UTF_8)).contains("2 moves: ", "runs/s");
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "ACKNOWLEDGE_BEFORE_PEER",
                "DROP_METADATA_WRITES",
                "PEER_SKIPS_FLUSH",
                "FORGET_CRASH",
                "LEAK_PAYLOAD"
            })
    void aPlantedBugIsFound(Sabotage bug) {
        assertThat(clean(2, bug)).isFalse();
        assertThat(printed.toString(StandardCharsets.UTF_8))
                .containsPattern("moves (overlapping|one by one): \\[");
    }
}
