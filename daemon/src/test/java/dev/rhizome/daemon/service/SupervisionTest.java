package dev.rhizome.daemon.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.resource.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("try") // What is closed at the end is at work meanwhile.
class SupervisionTest {
    private static final long OFTEN_US = 2000;

    private final List<String> told = new CopyOnWriteArrayList<>();
    private final Semaphore news = new Semaphore(0);
    private final FakeOpener opener = new FakeOpener();
    private final Resources resources;

    SupervisionTest(@TempDir Path directory) throws Exception {
        resources = new Resources(new Fixture(directory).configuration(), "alpha", opener);
        resources.upAll(Duration.ofSeconds(30));
    }

    @AfterEach
    void end() {
        resources.close(Duration.ofSeconds(30));
    }

    private ServiceManager manager(long watchdogUs) {
        return new ServiceManager(
                new ServiceManager.Line() {
                    @Override
                    public void send(String text) {
                        told.add(text);
                        news.release();
                    }

                    @Override
                    public void close() {
                        told.add("closed");
                    }
                },
                watchdogUs);
    }

    private void await(BooleanSupplier wanted) throws InterruptedException {
        while (!wanted.getAsBoolean()) {
            news.acquire();
        }
    }

    private FakeVolume hung() {
        FakeVolume hung = opener.volume("r1");
        hung.roundTrip = new CompletableFuture<>();
        hung.onQuestion = news::release;
        return hung;
    }

    @Test
    void readyTellsHowEachResourceIs() {
        opener.volume("r1").happens("link-down", FakeVolume.alone("r1", "alpha", "beta"));

        try (Supervision unused = Supervision.start(manager(0), resources)) {
            assertThat(told)
                    .containsExactly(
                            "READY=1\nSTATUS=r0 Primary UpToDate/UpToDate Connected; "
                                    + "r1 Secondary Consistent/DUnknown Connecting");
        }
    }

    @Test
    void whatHappensIsTold() throws Exception {
        try (Supervision unused = Supervision.start(manager(0), resources)) {
            for (int times = 0; times < 1000; times++) {
                opener.volume("r1").happens("link-down", FakeVolume.alone("r1", "alpha", "beta"));
            }

            await(() -> told.size() > 1);
            assertThat(told.get(1))
                    .startsWith("STATUS=r0 Primary")
                    .contains("r1 Secondary Consistent/DUnknown Connecting");
        }
        assertThat(told).as("a thousand events cost a line or two").hasSizeLessThan(100);
    }

    @Test
    void aLoopThatHangsIsNoSignOfLife() throws Exception {
        FakeVolume hung = hung();

        try (Supervision unused = Supervision.start(manager(OFTEN_US), resources)) {
            await(() -> hung.questions.get() > 5);
            assertThat(told).doesNotContain("WATCHDOG=1");

            hung.roundTrip.complete(null);
            await(() -> told.contains("WATCHDOG=1"));
        }
    }

    @Test
    void aResourceThatIsDownHoldsNothingUp() throws Exception {
        FakeVolume hung = hung();

        try (Supervision unused = Supervision.start(manager(OFTEN_US), resources)) {
            await(() -> hung.questions.get() > 1);
            resources.remove("r1");
            await(() -> told.contains("WATCHDOG=1"));
        }
    }

    @Test
    void theStopIsTold() throws Exception {
        Supervision supervision = Supervision.start(manager(0), resources);
        supervision.stopping();
        supervision.close();

        assertThat(told.get(1)).startsWith("STOPPING=1\n");
        assertThat(told).last().isEqualTo("closed");
    }

    @Test
    void withoutAServiceManagerNothingIsDone() {
        ServiceManager none = ServiceManager.of(Map.of("WATCHDOG_USEC", "1000"));

        Supervision.start(none, resources).close();

        assertThat(none.listens()).isFalse();
        assertThat(opener.volume("r0").questions).hasValue(0);
    }

    @Test
    void aServiceManagerThatDoesNotListenEndsNothing(@TempDir Path directory) {
        String nobody = directory.resolve("notify").toString();

        assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", nobody)).listens()).isFalse();
        assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", "elsewhere")).listens()).isFalse();
    }

    @Test
    void whatWasNotTakenIsNotTold() {
        ServiceManager full =
                new ServiceManager(
                        new ServiceManager.Line() {
                            @Override
                            public void send(String text) throws IOException {
                                throw new IOException("full");
                            }

                            @Override
                            public void close() {}
                        },
                        0);

        assertThat(full.status("as before")).isFalse();
    }
}
