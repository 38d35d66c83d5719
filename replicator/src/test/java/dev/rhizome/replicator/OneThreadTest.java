package dev.rhizome.replicator;

import static dev.rhizome.replicator.Pair.accepted;
import static dev.rhizome.replicator.Pair.awaitInStep;
import static dev.rhizome.replicator.Pair.get;
import static dev.rhizome.replicator.Pair.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rhizome.core.Payload;
import dev.rhizome.core.request.Completion;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The data path has no hand-off between threads, nor one through the loop's task queue. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class OneThreadTest {
    private static final int REQUESTS = 300;

    private Pair pair;
    private ReplicatedVolume alpha;
    private ReplicatedVolume beta;

    @BeforeEach
    void open(@TempDir Path folder) throws Exception {
        pair = Pair.created(folder);
        alpha = pair.open("alpha");
        beta = pair.open("beta");
        assumeTrue(
                alpha.status().ioEngine().equals("io_uring"),
                "io_uring is refused here: " + alpha.status().ioEngine());
    }

    @AfterEach
    void close() {
        pair.close();
    }

    /** A client as a front end is one: each answer is followed by the next request. */
    private final class Client implements Completion {
        final Set<Thread> threads = ConcurrentHashMap.newKeySet();
        final Set<String> callers = ConcurrentHashMap.newKeySet();
        final CompletableFuture<Void> done = new CompletableFuture<>();
        private final Shell shell = ((LocalVolume) alpha).shell();
        private final PayloadMemory memory = ((LocalVolume) alpha).linkMemory();

        void request(long token) {
            boolean write = token % 2 == 0;
            long offset = token % 16 * 4096;
            PooledPayload payload = memory.acquire(4096);
            Operation operation = write ? Operation.WRITE : Operation.READ;
            shell.submit(operation, token % 3 == 0, offset, 4096, payload, this, token);
        }

        @Override
        public void complete(long token, IoStatus status, @Nullable Payload payload) {
            if (payload != null) {
                payload.release();
            }
            threads.add(Thread.currentThread());
            callers.add(caller());
            if (status != IoStatus.OK) {
                done.completeExceptionally(new VolumeIoException(status));
            } else if (token < REQUESTS) {
                request(token + 1);
            } else {
                done.complete(null);
            }
        }
    }

    /** The outermost of the shell's methods: who has called it in from below. */
    private static String caller() {
        return StackWalker.getInstance()
                .walk(
                        frames ->
                                frames.filter(f -> f.getClassName().equals(Shell.class.getName()))
                                        .map(StackWalker.StackFrame::getMethodName)
                                        .reduce("", (inner, outer) -> outer));
    }

    @Test
    void answersComeStraightFromTheDiskOrTheLinkOnTheOneThread() throws Exception {
        Set<Thread> listening = ConcurrentHashMap.newKeySet();
        alpha.addListener((event, status) -> listening.add(Thread.currentThread()));
        accepted(alpha.promote(true));
        awaitInStep(alpha, beta);
        Client client = new Client();
        CompletableFuture<Thread> loop =
                CompletableFuture.supplyAsync(Thread::currentThread, ((LocalVolume) alpha).loop());

        ((LocalVolume) alpha).loop().execute(() -> client.request(0));
        get(client.done);

        assertThat(client.threads).containsExactly(get(loop));
        assertThat(listening).containsExactly(get(loop));
        // A read is answered by the disk, a write by whichever leg was the last.
        assertThat(client.callers).isSubsetOf("onDiskReadable", "onFrame");
        assertThat(client.callers).contains("onDiskReadable");
    }

    @Test
    void aVolumeHasOneThread() throws Exception {
        accepted(alpha.promote(true));
        awaitInStep(alpha, beta);
        get(alpha.write(0, pattern(1, 3 << 20), true));
        Set<String> names =
                Thread.getAllStackTraces().keySet().stream()
                        .map(Thread::getName)
                        .filter(name -> name.startsWith("rhizome-"))
                        .collect(Collectors.toSet());
        assertThat(names).hasSize(2).allMatch(name -> name.startsWith("rhizome-r0-"));
    }
}
