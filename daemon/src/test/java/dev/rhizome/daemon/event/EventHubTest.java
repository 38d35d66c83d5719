package dev.rhizome.daemon.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.event.EventRecord.Change;
import dev.rhizome.daemon.event.EventRecord.Change.What;
import dev.rhizome.daemon.event.EventRecord.End;
import dev.rhizome.daemon.event.EventRecord.Happened;
import dev.rhizome.daemon.event.EventRecord.Lost;
import dev.rhizome.daemon.event.EventRecord.Snapshot;
import dev.rhizome.daemon.event.StateObject.Kind;
import dev.rhizome.daemon.event.WaitGoal.Standing;
import dev.rhizome.daemon.resource.Resources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class EventHubTest {
    private final FakeOpener opener = new FakeOpener();
    private final Resources resources;
    private final EventHub hub;
    private final FakeVolume volume;

    EventHubTest(@TempDir Path directory) throws Exception {
        resources = new Resources(new Fixture(directory).configuration(), "alpha", opener);
        opener.refusals.put("r1", "its disk is missing");
        resources.upAll(Duration.ofSeconds(30));
        volume = opener.volume("r0");
        hub = new EventHub(resources);
    }

    @AfterEach
    void stop() {
        hub.close();
        resources.close(Duration.ofSeconds(30));
    }

    @Test
    void aReaderGetsASnapshotAndThenEachEventWithWhatChanges() throws Exception {
        Reader reader = new Reader(null);

        assertThat(reader.read())
                .isInstanceOfSatisfying(
                        Snapshot.class, first -> assertThat(first.statuses()).hasSize(2));
        volume.happens("link-lost", FakeVolume.alone("r0", "alpha", "beta"));

        assertThat(reader.read())
                .isEqualTo(new Happened("r0", "link-lost", "because of link-lost"));
        List<Change> changes = new ArrayList<>();
        for (int count = 0; count < 5; count++) {
            changes.add((Change) reader.read());
        }
        assertThat(changes)
                .extracting(change -> change.what() + " " + change.object().kind())
                .containsExactly(
                        "DESTROY PATH",
                        "CHANGE RESOURCE",
                        "CHANGE DEVICE",
                        "CHANGE CONNECTION",
                        "CHANGE PEER_DEVICE");
        Change role = changes.get(1);
        assertThat(role.object().state())
                .containsOnly(entry("role", "Secondary"), entry("promotion_score", "0"));
        assertThat(role.before())
                .containsOnly(entry("role", "Primary"), entry("promotion_score", "10102"));
    }

    @Test
    void whatChangesWithoutAnEventIsLookedUp() throws Exception {
        Reader reader = new Reader("r0");
        reader.read();
        volume.status = FakeVolume.alone("r0", "alpha", "beta");

        assertThat(reader.read())
                .isInstanceOfSatisfying(
                        Change.class, gone -> assertThat(gone.what()).isEqualTo(What.DESTROY));
    }

    @Test
    void aResourceThatGoesDownLosesItsObjects() throws Exception {
        Reader reader = new Reader("r0");
        reader.read();
        Objects.requireNonNull(resources.find("r0")).down().join();

        List<EventRecord> records = new ArrayList<>();
        do {
            records.add(reader.read());
        } while (!(records.get(records.size() - 1) instanceof Change change)
                || change.object().kind() != Kind.RESOURCE);
        assertThat(records).contains(new Happened("r0", "down", "taken down by command"));
        assertThat(records)
                .filteredOn(Change.class::isInstance)
                .extracting(record -> ((Change) record).what())
                .containsOnlyOnce(What.CHANGE)
                .contains(What.DESTROY);
    }

    @Test
    void aSlowReaderLosesRecordsAndIsToldWhatIsSo() throws Exception {
        Reader slow = new Reader("r0");
        Reader quick = new Reader("r0");
        quick.read();
        for (int count = 0; count < Subscription.LIMIT + 10; count++) {
            volume.happens("event-" + count, volume.status);
            quick.read();
        }

        assertThat(slow.subscription.next()).isNull();
        assertThat(slow.read()).isEqualTo(new Lost(Subscription.LIMIT + 11));
        assertThat(slow.read()).isInstanceOf(Snapshot.class);
        volume.happens("later", volume.status);
        assertThat(slow.read()).isEqualTo(new Happened("r0", "later", "because of later"));
    }

    @Test
    void thereIsALimitOfReaders() {
        List<Subscription> readers = new ArrayList<>();
        for (int count = 0; count < EventHub.MAX_READERS; count++) {
            readers.add(Objects.requireNonNull(hub.subscribe(null)));
        }
        assertThat(hub.subscribe(null)).isNull();
        readers.get(0).cancel();
        Subscription another = null;
        while (another == null) {
            another = hub.subscribe(null);
        }
    }

    @Test
    void aStreamEndsWithTheDaemon() throws Exception {
        Reader reader = new Reader(null);
        reader.read();
        CompletableFuture<Standing> waiting = await(WaitGoal.SYNC, "r1", Duration.ofMinutes(1));
        hub.close();

        assertThat(reader.read()).isEqualTo(new End("the daemon is stopping"));
        assertThat(waiting.join().rule()).isEqualTo("stopping");
        assertThat(hub.subscribe(null)).isNull();
    }

    @Test
    void aWaitEndsWhenItIsSo() {
        volume.status = FakeVolume.alone("r0", "alpha", "beta");
        CompletableFuture<Standing> connect = await(WaitGoal.CONNECT, "r0", Duration.ofMinutes(1));
        CompletableFuture<Standing> never = await(WaitGoal.CONNECT, "r0", Duration.ZERO);
        assertThat(never.join().state()).isEqualTo(Standing.State.NOT_YET);
        assertThat(never.join().reason())
                .isEqualTo("Connecting: 192.168.7.2:7790 refuses the connection");
        assertThat(connect).isNotDone();

        volume.happens("agreed", FakeVolume.connected("r0", "alpha", "beta", null));

        assertThat(connect.join().rule()).isEqualTo("connected");
    }

    private CompletableFuture<Standing> await(WaitGoal goal, String resource, Duration limit) {
        return Objects.requireNonNull(hub.await(resource, goal, limit));
    }

    /** Reads the records one by one. */
    private final class Reader {
        private final Subscription subscription;
        private final Semaphore ready = new Semaphore(0);

        Reader(@Nullable String resource) {
            subscription = Objects.requireNonNull(hub.subscribe(resource));
            subscription.onReady(ready::release);
        }

        EventRecord read() throws InterruptedException {
            EventRecord record = subscription.next();
            while (record == null) {
                ready.acquire();
                record = subscription.next();
            }
            return record;
        }
    }
}
