package dev.rhizome.replicator;

import static dev.rhizome.replicator.Pair.accepted;
import static dev.rhizome.replicator.Pair.await;
import static dev.rhizome.replicator.Pair.awaitInStep;
import static dev.rhizome.replicator.Pair.get;
import static dev.rhizome.replicator.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a replica ends, and what it survives. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LifeCycleTest {
    private Pair pair;

    @BeforeEach
    void create(@TempDir Path folder) throws Exception {
        pair = Pair.created(folder);
    }

    @AfterEach
    void close() {
        pair.close();
    }

    private ReplicatedVolume openPrimary() throws Exception {
        ReplicatedVolume alpha = pair.open("alpha");
        accepted(alpha.promote(true));
        return alpha;
    }

    private static IoStatus outcome(CompletableFuture<Void> call) throws Exception {
        try {
            get(call);
            return IoStatus.OK;
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(VolumeIoException.class);
            return e.getCause() instanceof VolumeIoException failure
                    ? failure.status()
                    : IoStatus.OK;
        }
    }

    // ---- close

    @Test
    void closesWithRequestsInFlight() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);
        List<CompletableFuture<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(alpha.write(0, pattern(i, 1 << 20), false));
            calls.add(alpha.read(0, ByteBuffer.allocate(1 << 20)));
            calls.add(alpha.flush());
        }

        alpha.close();

        for (CompletableFuture<Void> call : calls) {
            assertThat(outcome(call))
                    .isIn(IoStatus.OK, IoStatus.NOT_PRIMARY, IoStatus.SHUTTING_DOWN);
        }
        await(beta, status -> status.connection() != ConnectionState.CONNECTED);
        pair.assertIdentical(beta.status().sizeBytes());
    }

    @Test
    void afterACloseEverythingIsAnsweredAndNothingThrows() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        get(alpha.write(0, pattern(1, 4096), false));
        alpha.close();
        alpha.close();

        VolumeStatus status = alpha.status();
        assertThat(status.role()).isEqualTo(Role.SECONDARY);
        assertThat(status.connection()).isEqualTo(ConnectionState.STAND_ALONE);
        assertThat(status.counters().writtenBytes()).isEqualTo(4096);
        assertThat(outcome(alpha.flush())).isEqualTo(IoStatus.SHUTTING_DOWN);
        assertThat(outcome(alpha.write(0, pattern(1, 4096), false)))
                .isEqualTo(IoStatus.SHUTTING_DOWN);
        assertThat(outcome(alpha.read(0, ByteBuffer.allocate(4096))))
                .isEqualTo(IoStatus.SHUTTING_DOWN);
        assertThat(Pair.refused(alpha.promote(true))).isEqualTo("closed");
        assertThat(Pair.refused(alpha.demote(false))).isEqualTo("closed");
        alpha.addListener((event, now) -> {});
    }

    @Test
    void manyMayCloseAndAskAtOnce() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        List<CompletableFuture<?>> all = new ArrayList<>();
        List<CompletableFuture<CommandResult>> commands = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(CompletableFuture.runAsync(alpha::close, task -> new Thread(task).start()));
            all.add(
                    CompletableFuture.runAsync(
                            () -> {
                                for (int n = 0; n < 200; n++) {
                                    assertThat(alpha.status().resource()).isEqualTo("r0");
                                }
                            },
                            task -> new Thread(task).start()));
            commands.add(alpha.demote(false));
            commands.add(alpha.promote(false));
        }
        for (CompletableFuture<?> one : all) {
            get(one);
        }
        for (CompletableFuture<CommandResult> command : commands) {
            get(command);
        }
        Pair.awaitNoThreads();
    }

    @Test
    void closesThoughMoreCommandsWaitThanTheEngineTakes() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        List<CompletableFuture<CommandResult>> commands = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            commands.add(alpha.demote(false));
            commands.add(alpha.promote(true));
        }
        alpha.close();
        for (CompletableFuture<CommandResult> command : commands) {
            get(command);
        }
        pair.open("alpha");
    }

    @Test
    void anInterruptedCloseStillLetsGo() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        Thread.currentThread().interrupt();
        alpha.close();
        assertThat(Thread.interrupted()).isTrue();
        Pair.awaitNoThreads();
        ReplicatedVolume again = pair.open("alpha");
        assertThat(again.status().disk()).isEqualTo(DiskState.UP_TO_DATE);
    }

    @Test
    void closeOnTheEventLoopIsRefused() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        CompletableFuture<Void> tried =
                CompletableFuture.runAsync(alpha::close, ((LocalVolume) alpha).loop());
        assertThatThrownBy(() -> get(tried)).hasCauseInstanceOf(IllegalStateException.class);
        get(alpha.flush());
    }

    // ---- what is survived

    @Test
    void aListenerThatFailsHarmsNobody() throws Exception {
        ReplicatedVolume alpha = pair.open("alpha");
        List<String> heard = new ArrayList<>();
        alpha.addListener(
                (event, status) -> {
                    throw new IllegalStateException("a listener's own affair");
                });
        alpha.addListener(
                (event, status) -> {
                    throw new AssertionError("and an error");
                });
        alpha.addListener((event, status) -> heard.add(event.rule()));

        accepted(alpha.promote(true));
        get(alpha.write(0, pattern(1, 4096), false));

        assertThat(alpha.status().role()).isEqualTo(Role.PRIMARY);
        assertThat(heard).contains("forced");
    }

    @Test
    void aListenerMayUseTheVolume() throws Exception {
        ReplicatedVolume alpha = pair.open("alpha");
        CompletableFuture<VolumeStatus> seen = new CompletableFuture<>();
        CompletableFuture<Void> written = new CompletableFuture<>();
        alpha.addListener(
                (event, status) -> {
                    seen.complete(alpha.status());
                    if (status.role() == Role.PRIMARY) {
                        var unused =
                                alpha.write(0, pattern(1, 4096), false)
                                        .thenCompose(done -> alpha.flush())
                                        .thenRun(() -> written.complete(null));
                    }
                });
        accepted(alpha.promote(true));
        assertThat(get(seen).node()).isEqualTo("alpha");
        get(written);
    }

    @Test
    void anAddressInUseIsToldAndTakenWhenItIsFree() throws Exception {
        ReplicatedVolume alpha;
        try (ServerSocket occupier = new ServerSocket()) {
            occupier.bind(pair.address("alpha"));
            alpha = openPrimary();
            String reason;
            do {
                // A failed attempt changes no state, so there is no event to wait for.
                reason = alpha.status().connectionReason();
            } while (!reason.contains("cannot listen"));
            assertThat(reason).contains(String.valueOf(pair.address("alpha").getPort()));
            accepted(alpha.disconnect());
            accepted(alpha.connect());
            get(alpha.write(0, pattern(1, 4096), true));
        }
        ReplicatedVolume beta = pair.open("beta");
        awaitInStep(alpha, beta);
        pair.assertIdentical(beta.status().sizeBytes());
    }

    @Test
    void aDiskThatHasBecomeShorterGivesNoData() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        get(alpha.write(0, pattern(1, 1 << 20), true));
        try (FileChannel file = FileChannel.open(pair.disk("alpha"), StandardOpenOption.WRITE)) {
            file.truncate(8192);
        }
        assertThat(outcome(alpha.read(4096, ByteBuffer.allocate(4096)))).isEqualTo(IoStatus.OK);

        assertThat(outcome(alpha.read(4096, ByteBuffer.allocate(8192)))).isNotEqualTo(IoStatus.OK);

        // There is no other disk to go on with: what it can still read is served.
        assertThat(alpha.status().disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(outcome(alpha.read(4096, ByteBuffer.allocate(4096)))).isEqualTo(IoStatus.OK);
    }

    // ---- bugs

    @Test
    void aBugInACompletionEndsTheVolumeAndReachesTheHandler() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        LocalVolume inside = (LocalVolume) alpha;
        assertBreaks(
                alpha,
                () ->
                        inside.shell()
                                .submit(
                                        Operation.FLUSH,
                                        false,
                                        0,
                                        0,
                                        null,
                                        (token, status, payload) -> {
                                            throw new IllegalStateException("a planted bug");
                                        },
                                        0));
    }

    @Test
    void aBugInTheEngineEndsTheVolumeAndReachesTheHandler() throws Exception {
        ReplicatedVolume alpha = openPrimary();
        assertBreaks(alpha, () -> ((LocalVolume) alpha).shell().completed(77, 0));
    }

    private void assertBreaks(ReplicatedVolume volume, Runnable bug) throws Exception {
        CompletableFuture<Throwable> handled = new CompletableFuture<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, cause) -> handled.complete(cause));
        try {
            CompletableFuture<Void> open = new CompletableFuture<>();
            List<CompletableFuture<Void>> calls = new ArrayList<>();
            ((LocalVolume) volume)
                    .loop()
                    .execute(
                            () -> {
                                for (int i = 0; i < 40; i++) {
                                    calls.add(volume.write(0, pattern(i, 1 << 20), false));
                                }
                                bug.run();
                                open.complete(null);
                            });
            assertThat(get(handled)).isNotNull();
            get(open);
            for (CompletableFuture<Void> call : calls) {
                assertThat(outcome(call)).isIn(IoStatus.OK, IoStatus.SHUTTING_DOWN);
            }
            assertThat(Pair.refused(volume.demote(false))).isEqualTo("closed");
            assertThat(volume.status().resource()).isEqualTo("r0");
            volume.close();
            Pair.awaitNoThreads();
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
        // The disk was let go, and says that there was no orderly end.
        ReplicatedVolume again = pair.open("alpha");
        assertThat(again.status().disk()).isEqualTo(DiskState.UP_TO_DATE);
    }
}
