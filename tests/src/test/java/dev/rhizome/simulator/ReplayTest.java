package dev.rhizome.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same run again: from draws, from a selection of incidents, from a file. */
class ReplayTest {
    private static RunPlan plan(long seed) {
        return RunPlan.of(seed, Sabotage.NONE);
    }

    private static Simulation ran(RunPlan plan) {
        Simulation simulation = new Simulation(plan, false, true);
        assertThat(simulation.attempt()).isNull();
        return simulation;
    }

    @ParameterizedTest
    @ValueSource(longs = {2, 17, 40})
    void aRecordedRunIsTheSameAndSoIsItsReplay(long seed, @TempDir Path folder) throws Exception {
        long hash = ran(plan(seed)).traceHash();
        Draws draws = new Draws();
        Simulation recorded = Simulation.recording(plan(seed), draws);
        assertThat(recorded.attempt()).isNull();
        assertThat(recorded.traceHash()).isEqualTo(hash);
        Path file = folder.resolve("recorded");
        new ReplayFile(plan(seed).withDraws(draws), "").write(file, List.of());
        assertThat(ran(ReplayFile.read(file).plan()).traceHash()).isEqualTo(hash);
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 18, 41})
    void toLeaveNothingOutChangesNothing(long seed) {
        Simulation all = ran(plan(seed));
        List<Incident> incidents =
                all.fates().log().stream().map(entry -> entry.incident()).toList();
        assertThat(incidents).isNotEmpty();
        Simulation listed = ran(plan(seed).with(Selection.only(incidents)));
        assertThat(listed.traceHash()).isEqualTo(all.traceHash());
    }

    @Test
    void whatIsLeftOutDoesNotHappenAndShiftsNothing() {
        Simulation all = ran(plan(7));
        assertThat(all.fates().count(Cause.KILL)).isPositive();
        List<Incident> others =
                all.fates().log().stream()
                        .map(entry -> entry.incident())
                        .filter(incident -> incident.cause() != Cause.KILL)
                        .toList();
        Simulation without = ran(plan(7).with(Selection.only(others)));
        assertThat(without.fates().count(Cause.KILL)).isZero();
        assertThat(meddlings(without)).isNotEmpty().isSubsetOf(meddlings(all));
    }

    private static List<Fates.Log> meddlings(Simulation simulation) {
        return simulation.fates().log().stream()
                .filter(entry -> entry.incident().cause() == Cause.MEDDLING)
                .toList();
    }

    @Test
    void aRunWithoutDrawsHasNoFaults() {
        Simulation simulation = ran(plan(1).withDraws(new Draws()));
        for (Cause cause : Cause.values()) {
            if (cause.fault()) {
                assertThat(simulation.fates().count(cause)).as(cause.label()).isZero();
            }
        }
    }

    @Test
    void aFileHoldsTheWholePlan(@TempDir Path folder) throws Exception {
        Selection selection =
                Selection.only(
                        List.of(
                                new Incident(Cause.KILL, 17),
                                new Incident(Cause.DISK_STALL, Incident.of(1, 4))));
        RunPlan plan =
                RunPlan.of(12, Sabotage.NO_DRAIN).with(selection).withSteps(34).withUntilNs(56);
        Path file = folder.resolve("plan");
        new ReplayFile(plan, "INV-13").write(file, List.of());
        ReplayFile read = ReplayFile.read(file);
        assertThat(read.rule()).isEqualTo("INV-13");
        assertThat(read.plan().seed()).isEqualTo(12);
        assertThat(read.plan().sabotage()).isEqualTo(Sabotage.NO_DRAIN);
        assertThat(read.plan().steps()).isEqualTo(34);
        assertThat(read.plan().untilNs()).isEqualTo(56);
        assertThat(Files.readString(file)).contains("keep kill 17", "keep disk-stall B4");
        for (Cause cause : Cause.values()) {
            assertThat(read.plan().selection().listed(cause)).isEqualTo(selection.listed(cause));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "seed 1",
                "rhizome-replay 2",
                "rhizome-replay 1\nseed x",
                "rhizome-replay 1\nkeep kill",
                "rhizome-replay 1\nkeep nothing 1",
                "rhizome-replay 1\nkeep disk-stall 1",
                "rhizome-replay 1\nsabotage NOBODY"
            })
    void aFileThatIsNoneIsRefused(String text, @TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("bad"), text);
        assertThatThrownBy(() -> ReplayFile.read(file))
                .isInstanceOf(ReplayFile.Malformed.class)
                .hasMessageContaining("bad");
    }
}
