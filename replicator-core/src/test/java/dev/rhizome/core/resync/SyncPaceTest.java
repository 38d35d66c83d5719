package dev.rhizome.core.resync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.request.Operation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pace beside model disks and clients, in virtual time. */
class SyncPaceTest {
    private static final long SECOND_NS = 1_000_000_000;
    private static final double MIB = 1 << 20;
    private static final int FLOOR_MIB = 4;

    /** What the clients get of what they have without a resync, and what the resync gets. */
    private record Shares(double clients, double resyncMibPerSecond, long longestGapNs) {}

    private static Shares measure(ModelDisk disk, int clients, long betweenNs) {
        disk.clients(clients, betweenNs);
        disk.run(5 * SECOND_NS);
        double alone = disk.answered / 5.0;
        disk.startResync();
        disk.run(3 * SECOND_NS);
        disk.run(30 * SECOND_NS);
        return new Shares(
                disk.answered / 30.0 / alone, disk.copiedBytes / 30.0 / MIB, disk.longestGapNs);
    }

    @ParameterizedTest
    @CsvSource({
        // request, block (µs); channels, clients, on the target; MiB/s that the resync gets at
        // least
        "80, 200, 4, 1, false, 400",
        "80, 200, 4, 16, false, 100",
        "80, 200, 4, 16, true, 100",
        "200, 300, 1, 1, false, 40",
        "200, 300, 1, 16, false, 40",
        "200, 300, 1, 1, true, 40",
        "200, 300, 1, 16, true, 40",
        "8000, 4000, 1, 1, false, 4",
        "8000, 4000, 1, 8, false, 4",
        "8000, 4000, 1, 8, true, 4",
    })
    void busyClientsKeepTheirShareAndTheResyncGoesOn(
            int requestUs, int blockUs, int channels, int clients, boolean target, int leastMib) {
        ModelDisk disk =
                new ModelDisk(
                        PaceSettings.defaults(),
                        requestUs * 1000L,
                        blockUs * 1000L,
                        channels,
                        target);
        Shares shares = measure(disk, clients, 0);
        assertThat(shares.clients()).isGreaterThan(0.75);
        assertThat(shares.resyncMibPerSecond()).isGreaterThan(leastMib * 0.97);
        assertThat(shares.longestGapNs()).isLessThan(SECOND_NS / 2);
        assertThat(disk.pace().limit()).isEqualTo(SyncLimit.APPLICATION_LATENCY);
    }

    @Test
    void whatHasWaitedForTheResyncToBeginTellsNothingOfIt() {
        SyncPace pace = new SyncPace(PaceSettings.defaults());
        LatencyWatch watch = pace.watch();
        boolean calm = watch.submitted(SECOND_NS);
        pace.restart(2 * SECOND_NS);
        watch.answered(2 * SECOND_NS, Operation.WRITE, 4096, SECOND_NS, calm);
        long nowNs = 2 * SECOND_NS;
        for (int request = 0; request < 100; request++) {
            boolean inCalm = watch.submitted(nowNs);
            watch.answered(nowNs + 1_000_000, Operation.WRITE, 4096, nowNs, inCalm);
            nowNs += 1_000_000;
        }
        assertThat(calm).isTrue();
        assertThat(LatencyWatch.ratio(watch.news(nowNs))).isEqualTo(LatencyMeter.AS_EVER);
    }

    @Test
    void withoutClientsNothingLimitsIt() {
        ModelDisk disk = new ModelDisk(PaceSettings.defaults(), 100_000, 300_000, 2, false);
        Shares shares = measure(disk, 0, 0);
        assertThat(shares.resyncMibPerSecond()).isGreaterThan(0.99 * 2 / 300e-6 / 8);
        assertThat(disk.pace().limit()).isEqualTo(SyncLimit.NONE);
        assertThat(disk.pace().wantedBytesPerSecond()).isZero();
    }

    @Test
    void aRequestNowAndThenDoesNotHoldItUp() {
        ModelDisk disk = new ModelDisk(PaceSettings.defaults(), 100_000, 300_000, 2, false);
        Shares shares = measure(disk, 1, SECOND_NS);
        assertThat(shares.resyncMibPerSecond()).isGreaterThan(0.9 * 2 / 300e-6 / 8);
    }

    /** Its requests are few because each takes long; between two it waits for nothing. */
    @Test
    void aClientThatASlowDiskKeepsWaitingIsNotTakenForIdle() {
        LatencyWatch watch = new SyncPace(PaceSettings.defaults()).watch();
        watch.restart(0);
        long requestNs = SECOND_NS / 5;
        for (long nowNs = 0; nowNs < 10 * SECOND_NS; nowNs += requestNs) {
            boolean calm = watch.submitted(nowNs);
            watch.answered(nowNs + requestNs, Operation.WRITE, 4096, nowNs, calm);
            assertThat(watch.news(nowNs + requestNs)).isNotEqualTo(LatencyWatch.IDLE);
        }
    }

    @Test
    void whenTheClientsAreGoneItTakesAllAndWhenTheyAreBackItYields() {
        ModelDisk disk = new ModelDisk(PaceSettings.defaults(), 200_000, 300_000, 1, false);
        Shares beside = measure(disk, 8, 0);
        double alone = 5005;
        for (int burst = 0; burst < 3; burst++) {
            disk.clients(0, 0);
            disk.run(SECOND_NS);
            disk.run(SECOND_NS);
            assertThat(disk.copiedBytes / MIB).isGreaterThan(300);
            assertThat(disk.pace().limit()).isEqualTo(SyncLimit.NONE);
            disk.clients(8, 0);
            disk.run(SECOND_NS);
            disk.run(3 * SECOND_NS);
            assertThat(disk.answered / 3.0 / alone).isGreaterThan(0.7);
            assertThat(disk.copiedBytes / 3.0 / MIB).isGreaterThan(FLOOR_MIB);
        }
        assertThat(beside.clients()).isGreaterThan(0.75);
    }

    @Test
    void theFloorHoldsWhateverItCosts() {
        PaceSettings greedy = new PaceSettings(20L << 20, 0, 101, 0);
        ModelDisk disk = new ModelDisk(greedy, 8_000_000, 4_000_000, 1, false);
        Shares shares = measure(disk, 1, 0);
        assertThat(shares.resyncMibPerSecond()).isGreaterThan(20 * 0.97);
        assertThat(shares.clients()).isLessThan(0.7);
    }

    @Test
    void theCeilingHoldsThoughNobodyIsThere() {
        PaceSettings capped = new PaceSettings(1 << 20, 50L << 20, 125, 0);
        ModelDisk disk = new ModelDisk(capped, 100_000, 300_000, 2, false);
        Shares shares = measure(disk, 0, 0);
        assertThat(shares.resyncMibPerSecond()).isBetween(49.0, 50.1);
        assertThat(disk.pace().limit()).isEqualTo(SyncLimit.MAX_RATE);
        assertThat(disk.pace().wantedBytesPerSecond()).isEqualTo(50L << 20);
    }

    @Test
    void anotherCeilingCountsWhileItRuns() {
        ModelDisk disk = new ModelDisk(PaceSettings.defaults(), 100_000, 300_000, 2, false);
        disk.startResync();
        disk.run(3 * SECOND_NS);
        disk.pace().adjust(new PaceSettings(1 << 20, 50L << 20, 125, 0));
        disk.run(1 * SECOND_NS);
        long before = disk.copiedBytes;
        disk.run(10 * SECOND_NS);
        assertThat((disk.copiedBytes - before) / 10.0 / MIB).isBetween(40.0, 50.1);
        disk.pace().adjust(PaceSettings.defaults());
        long bounded = disk.copiedBytes;
        disk.run(10 * SECOND_NS);
        assertThat((disk.copiedBytes - bounded) / 10.0 / MIB).isGreaterThan(100.0);
    }

    @Test
    void aLatencyThatIsGoodInAnyCaseDoesNotSlowItDown() {
        PaceSettings patient = new PaceSettings(1 << 20, 0, 125, 50_000_000);
        ModelDisk disk = new ModelDisk(patient, 200_000, 300_000, 1, false);
        Shares shares = measure(disk, 1, 0);
        assertThat(shares.resyncMibPerSecond()).isGreaterThan(350);
        assertThat(shares.clients()).isLessThan(0.3);
    }

    @Test
    void aTargetThatTakesLongIsCalledSlow() {
        ModelDisk disk = new ModelDisk(PaceSettings.defaults(), 1000, 400_000_000, 1, false);
        measure(disk, 0, 0);
        assertThat(disk.pace().limit()).isEqualTo(SyncLimit.TARGET_SLOW);
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new PaceSettings(0, 0, 125, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PaceSettings(2, 1, 125, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PaceSettings(1, 0, 100, 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new PaceSettings(1, 0, 125, -1))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
