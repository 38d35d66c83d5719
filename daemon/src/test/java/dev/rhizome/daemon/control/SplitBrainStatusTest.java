package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.replicator.SplitBrainReport;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class SplitBrainStatusTest {
    private static final Instant NOON = Instant.parse("2026-11-29T12:00:00Z");

    private static SplitBrainReport found(OptionalLong lost, String loss) {
        SplitBrainReport.Side alpha =
                new SplitBrainReport.Side(
                        "alpha",
                        true,
                        "is Primary since noon",
                        Optional.of(NOON),
                        Optional.empty(),
                        Optional.of(NOON.plusSeconds(60)),
                        List.of("A1", "A0"),
                        OptionalLong.of(65_536));
        SplitBrainReport.Side beta =
                new SplitBrainReport.Side(
                        "beta",
                        false,
                        "was Primary for a minute",
                        Optional.of(NOON),
                        Optional.of(NOON.plusSeconds(60)),
                        Optional.empty(),
                        List.of("A2", "A0"),
                        OptionalLong.empty());
        return new SplitBrainReport(
                "split-brain-bitmap",
                "both nodes went on alone",
                "A0",
                alpha,
                beta,
                List.of(
                        new SplitBrainReport.Choice(
                                "alpha",
                                "beta",
                                loss,
                                lost,
                                List.of("rhizome connect --discard-my-data r0"),
                                "rhizome connect r0"),
                        new SplitBrainReport.Choice(
                                "beta",
                                "alpha",
                                "16 blocks (64 KiB) of alpha",
                                OptionalLong.of(16),
                                List.of(
                                        "rhizome secondary r0",
                                        "rhizome connect --discard-my-data r0"),
                                "rhizome connect r0")));
    }

    @Test
    void aPersonSeesWhatEachChoiceCosts() {
        StringBuilder text = new StringBuilder();
        SplitBrainStatus.append(text, found(OptionalLong.of(1), "1 block (4 KiB) of beta"));
        assertThat(text.toString())
                .isEqualTo(
                        """
                          split-brain:both nodes went on alone
                            alpha is Primary since noon
                              generations:A1:A0
                            beta was Primary for a minute
                              generations:A2:A0
                            keep alpha's data, lose 1 block (4 KiB) of beta:
                              on beta: rhizome connect --discard-my-data r0
                              on alpha: rhizome connect r0
                            keep beta's data, lose 16 blocks (64 KiB) of alpha:
                              on alpha: rhizome secondary r0
                              on alpha: rhizome connect --discard-my-data r0
                              on beta: rhizome connect r0
                        """);
    }

    @Test
    void aProgramSeesTheSameAndNothingThatIsNotKnown() throws Exception {
        SplitBrainReport found = found(OptionalLong.empty(), "all that beta has written");
        assertThat(JSON.std.asString(SplitBrainStatus.tree(found)))
                .isEqualTo(
                        """
                        {"rule":"split-brain-bitmap","summary":"both nodes went on alone","from":"A0",\
                        "self":{"node":"alpha","primary":true,"primary-since":"2026-11-29T12:00:00Z",\
                        "alone-since":"2026-11-29T12:01:00Z","generations":["A1","A0"],\
                        "changed-bytes":65536},\
                        "peer":{"node":"beta","primary":false,"primary-since":"2026-11-29T12:00:00Z",\
                        "primary-until":"2026-11-29T12:01:00Z","generations":["A2","A0"]},\
                        "choices":[{"keep":"alpha","lose":"beta",\
                        "on-loser":["rhizome connect --discard-my-data r0"],\
                        "on-winner":"rhizome connect r0"},\
                        {"keep":"beta","lose":"alpha","lost-blocks":16,"lost-bytes":65536,\
                        "on-loser":["rhizome secondary r0","rhizome connect --discard-my-data r0"],\
                        "on-winner":"rhizome connect r0"}]}\
                        """);
    }
}
