package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.daemon.FakeOpener;
import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.Fixture;
import dev.rhizome.daemon.adjust.Adjuster;
import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.daemon.watch.Watch;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.ResyncProgress;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class OperationsTest {
    private final FakeOpener opener = new FakeOpener();
    private final Resources resources;
    private final EventHub hub;
    private final AdjustRoute adjusting;
    private final Routes routes;

    OperationsTest(@TempDir Path directory) throws Exception {
        Fixture fixture = new Fixture(directory);
        resources = new Resources(fixture.configuration(), "alpha", opener);
        resources.upAll(Duration.ofSeconds(30));
        hub = new EventHub(resources);
        adjusting = new AdjustRoute(new Adjuster(fixture.configuration(), "alpha", resources));
        routes =
                new Routes(
                        resources,
                        hub,
                        new MetricsPage("alpha", resources, Map.of()),
                        adjusting,
                        new Watch(resources, Runnable::run));
    }

    @AfterEach
    void stop() {
        hub.close();
        adjusting.close();
        resources.close(Duration.ofSeconds(30));
    }

    private Answer begin(String verb, String prefer) {
        String uri = "/v1/resources/r0/" + verb;
        return routes.handle(Request.of("POST", uri, "", prefer, "")).join();
    }

    private Answer ask(String path) {
        return routes.handle(Request.of("GET", path, "", "", "")).join();
    }

    private static Map<String, Object> tree(Answer answer) throws IOException {
        return JSON.std.mapFrom(answer.body());
    }

    @Test
    void aCopyIsFollowedUntilBothNodesAreInStep() throws Exception {
        ResyncProgress half = new ResyncProgress(1000, 500, 10, 50, "none", 0);
        opener.volume("r0").status = FakeVolume.connected("r0", "alpha", "beta", half);

        Answer begun = begin("invalidate-remote", "respond-async, wait=10");

        assertThat(begun.status()).isEqualTo(202);
        assertThat(begun.headers())
                .containsEntry("location", "/v1/operations/1")
                .containsEntry("preference-applied", "respond-async");
        Map<String, Object> running = tree(ask("/v1/operations/1"));
        assertThat(running)
                .containsEntry("id", 1)
                .containsEntry("resource", "r0")
                .containsEntry("verb", "invalidate-remote")
                .containsEntry("state", "running")
                .containsEntry("progress", Map.of("percent-done", 50.0, "seconds-left", 50))
                .doesNotContainKey("ended");

        opener.volume("r0").status = FakeVolume.connected("r0", "alpha", "beta", null);
        assertThat(tree(ask("/v1/operations/1")))
                .containsEntry("state", "done")
                .containsEntry("rule", "in-sync")
                .containsKey("ended")
                .doesNotContainKey("progress");

        // How it has ended does not change any more.
        opener.volume("r0").status = FakeVolume.connected("r0", "alpha", "beta", half);
        assertThat(tree(ask("/v1/operations/1"))).containsEntry("state", "done");
    }

    @Test
    void aCommandThatIsNotAnsweredYetIsRunning() throws Exception {
        CompletableFuture<CommandResult> answer = new CompletableFuture<>();
        opener.volume("r0").answer = answer;
        assertThat(begin("resize", "respond-async").status()).isEqualTo(202);
        assertThat(tree(ask("/v1/operations/1"))).containsEntry("state", "running");
        answer.complete(new CommandResult(false, "resize-no-room", "there is no room"));
        assertThat(tree(ask("/v1/operations/1")))
                .containsEntry("state", "refused")
                .containsEntry("rule", "resize-no-room")
                .containsEntry("reason", "there is no room");
    }

    /**
     * The resource's thread tells the status, and answers commands: neither may wait for the other.
     */
    @Test
    void whoAsksHowItStandsHoldsUpNoAnswer() throws Exception {
        ResyncProgress half = new ResyncProgress(1000, 500, 10, 50, "none", 0);
        FakeVolume volume = opener.volume("r0");
        volume.status = FakeVolume.connected("r0", "alpha", "beta", half);
        CompletableFuture<CommandResult> answer = new CompletableFuture<>();
        volume.answer = answer;
        AtomicInteger asked = new AtomicInteger();
        volume.beforeStatus =
                () -> {
                    asked.incrementAndGet();
                    CompletableFuture.runAsync(
                                    () ->
                                            answer.complete(
                                                    new CommandResult(true, "invalidate", "begun")))
                            .orTimeout(20, TimeUnit.SECONDS)
                            .join();
                };
        begin("invalidate", "respond-async");
        volume.beforeStatus.run();
        assertThat(tree(ask("/v1/operations/1"))).containsEntry("state", "running");
        assertThat(asked).hasValue(2);
    }

    @Test
    void aCommandThatFailsIsNoSecret() throws Exception {
        opener.volume("r0").answer = CompletableFuture.failedFuture(new IOException("a bug"));
        begin("outdate", "respond-async");
        assertThat(tree(ask("/v1/operations/1"))).containsEntry("state", "failed");
    }

    @Test
    void whoDoesNotSayThatItDoesNotWaitWaits() throws Exception {
        assertThat(begin("outdate", "").status()).isEqualTo(200);
        assertThat(ask("/v1/operations").body()).isEqualTo("[ ]\n");
    }

    @Test
    void thoseThatHaveEndedAreForgottenFirst() throws Exception {
        CompletableFuture<CommandResult> never = new CompletableFuture<>();
        opener.volume("r0").answer = never;
        begin("outdate", "respond-async");
        opener.volume("r0").answer =
                CompletableFuture.completedFuture(new CommandResult(true, "done", "it is done"));
        for (int i = 0; i < Operations.MOST; i++) {
            assertThat(begin("outdate", "respond-async").status()).isEqualTo(202);
        }
        List<Object> all = JSON.std.listFrom(ask("/v1/operations").body());
        assertThat(all).hasSize(Operations.MOST);
        assertThat(tree(ask("/v1/operations/1"))).containsEntry("state", "running");
        assertThat(ask("/v1/operations/2").status()).isEqualTo(404);
        assertThat(ask("/v1/operations/2").body()).contains("GET /v1/operations lists");
        assertThat(ask("/v1/operations/x").status()).isEqualTo(404);
    }

    @Test
    void tooManyAreRefusedBeforeTheyBegin() {
        opener.volume("r0").answer = new CompletableFuture<>();
        for (int i = 0; i < Operations.MOST; i++) {
            begin("outdate", "respond-async");
        }
        int before = opener.volume("r0").calls.size();
        assertThat(begin("outdate", "respond-async").status()).isEqualTo(503);
        assertThat(opener.volume("r0").calls).hasSize(before);
    }
}
