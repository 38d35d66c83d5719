package dev.rhizome.daemon.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.replicator.OutOfSyncMap;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VolumeCounters;
import dev.rhizome.replicator.VolumeStatus;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WatchTest {
    private static final long SECOND_NS = 1_000_000_000;

    private final FakeOpener opener = new FakeOpener();
    private final Resources resources;
    private final Watch watch;
    private long nowNs;

    WatchTest(@TempDir Path directory) throws Exception {
        resources = new Resources(new Fixture(directory).configuration(), "alpha", opener);
        opener.refusals.put("r1", "its disk is missing");
        resources.upAll(Duration.ofSeconds(30));
        Clock clock = Clock.fixed(Instant.parse("2024-05-06T07:08:09Z"), ZoneOffset.UTC);
        watch = new Watch(resources, Runnable::run, clock, () -> nowNs);
    }

    @AfterEach
    void stop() {
        resources.close(Duration.ofSeconds(30));
    }

    @Test
    void allResourcesAreThereAndOneThatIsDownSaysWhy() {
        Map<String, Object> all = watch.look().join();

        assertThat(all)
                .containsEntry("node", "alpha")
                .containsEntry("time", "2024-05-06T07:08:09Z");
        assertThat(resource(0)).containsKeys("nodes", "link", "series", "map", "events");
        assertThat(resource(1)).containsOnlyKeys("name", "verdict").containsEntry("name", "r1");
        assertThat(String.valueOf(resource(1).get("verdict")))
                .contains("r1 is down on alpha", "Its disk is missing.");
    }

    @Test
    void bytesBetweenTwoLooksAreARate() {
        watch.look().join();
        assertThat(values("written")).isEmpty();

        written(3 << 20);
        nowNs += 2 * SECOND_NS;

        assertThat(values("written")).isEqualTo(List.of((3L << 20) / 2));
        assertThat(series("written"))
                .containsEntry("now", "1.5 MiB/s")
                .containsEntry("most", "1.5 MiB/s");
    }

    @Test
    void aSecondLookAtOnceTellsTheSame() {
        watch.look().join();
        written(1000);
        nowNs += SECOND_NS / 2;
        assertThat(values("written")).isEmpty();
        nowNs += SECOND_NS / 2;
        assertThat(values("written")).isEqualTo(List.of(1000L));
    }

    @Test
    void onlyTheLastMinuteIsKept() {
        for (int second = 0; second < 100; second++) {
            written(second);
            nowNs += SECOND_NS;
            watch.look().join();
        }

        assertThat(values("written"))
                .hasSize(60)
                .startsWith(40L)
                .endsWith(99L)
                .isSortedAccordingTo((a, b) -> Long.compare((Long) a, (Long) b));
    }

    @Test
    void aTimeIsTheMeanOfWhatWasAnsweredMeanwhile() {
        watch.look().join();
        nowNs += SECOND_NS;

        assertThat(series("write-time")).containsEntry("now", "");
        assertThat(values("write-time")).containsExactly((Object) null);
    }

    @Test
    void whoHasNotLookedForAWhileBeginsAnew() {
        watch.look().join();
        nowNs += SECOND_NS;
        assertThat(values("written")).hasSize(1);
        nowNs += 6 * SECOND_NS;
        assertThat(values("written")).isEmpty();
    }

    @Test
    void countersThatBeginAnewAreNoRate() {
        written(5000);
        watch.look().join();
        nowNs += SECOND_NS;
        written(-4000);
        assertThat(values("written")).isEmpty();
    }

    @Test
    void aResyncHasABarAndASeries() {
        FakeVolume volume = opener.volume("r0");
        volume.status =
                FakeVolume.connected(
                        "r0", "alpha", "beta", new ResyncProgress(4 << 20, 1 << 20, 1 << 20, 200));

        assertThat(String.valueOf(resource(0).get("verdict")))
                .contains("busy", "beta is being brought up to date", "3 min 20 s left");
        assertThat(String.valueOf(resource(0).get("progress")))
                .contains(
                        "Resync from alpha to beta",
                        "percent=25.0",
                        "1.0 MiB of 4.0 MiB, 1.0 MiB/s, 3 min 20 s left");
        assertThat(series("resynced")).containsEntry("title", "Resync");
    }

    @Test
    void theMapIsInPercentAndNeverHidesABlock() {
        assertThat(resource(0).get("map"))
                .isEqualTo(
                        Map.of(
                                "known",
                                true,
                                "text",
                                "2 of 4 cells are out of sync (1.0 GiB each)",
                                "percents",
                                List.of(0L, 1L, 100L, 0L)));
        opener.volume("r0").map = CompletableFuture.completedFuture(OutOfSyncMap.UNKNOWN);
        assertThat(String.valueOf(resource(0).get("map"))).contains("known=false", "beta may");
    }

    @Test
    void aLoopThatHangsDoesNotHoldTheScreen() {
        opener.volume("r0").map = new CompletableFuture<>();

        assertThat(String.valueOf(resource(0).get("map"))).contains("known=false");
    }

    private Map<String, Object> resource(int index) {
        return maps(watch.look().join(), "resources").get(index);
    }

    private Map<String, Object> series(String name) {
        for (Map<String, Object> each : maps(resource(0), "series")) {
            if (name.equals(each.get("name"))) {
                return each;
            }
        }
        throw new AssertionError("no series " + name);
    }

    @SuppressWarnings("unchecked") // As the tree is made.
    private List<Object> values(String name) {
        return (List<Object>) series(name).getOrDefault("values", List.of());
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> maps(Map<String, Object> tree, String name) {
        return (List<Map<String, Object>>) tree.getOrDefault(name, List.of());
    }

    private void written(long bytes) {
        FakeVolume volume = opener.volume("r0");
        VolumeStatus was = volume.status;
        VolumeCounters done = was.counters();
        volume.status =
                new VolumeStatus(
                        was.resource(),
                        was.node(),
                        was.peer(),
                        was.role(),
                        was.mayPromote(),
                        was.promotionScore(),
                        was.peerRole(),
                        was.disk(),
                        was.peerDisk(),
                        was.connection(),
                        was.connectionReason(),
                        was.replication(),
                        was.sizeBytes(),
                        was.diskPath(),
                        was.device(),
                        was.suspended(),
                        was.suspendedReason(),
                        was.resync(),
                        was.resyncSuspended(),
                        was.resyncedBytes(),
                        was.outOfSyncBytes(),
                        was.comparison(),
                        was.generations(),
                        was.lastHandshake(),
                        was.optionsThatDiffer(),
                        was.ioEngine(),
                        was.tlsEngine(),
                        was.link(),
                        was.certificates(),
                        new VolumeCounters(
                                done.readBytes(),
                                done.writtenBytes() + bytes,
                                done.flushes(),
                                done.sentBytes(),
                                done.receivedBytes(),
                                done.inFlight(),
                                done.failed(),
                                done.activityLogWrites(),
                                done.bitmapWrites(),
                                done.latencies()),
                        was.recentEvents());
    }
}
