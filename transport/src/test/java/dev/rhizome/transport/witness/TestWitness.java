package dev.rhizome.transport.witness;

import dev.rhizome.core.witness.LedgerCodec;
import dev.rhizome.core.witness.LedgerImage;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.PeerTls;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A witness whose file is memory, for one test. */
final class TestWitness implements WitnessStore, WitnessListener, AutoCloseable {
    static final String NAME = "witness";

    /** So long a test waits for an answer that must come. */
    static final Duration PATIENCE = Duration.ofSeconds(Loops.PATIENCE_SECONDS);

    final Loops loops = new Loops();
    final IoEventLoop loop = loops.next();
    final List<Throwable> bugs = new CopyOnWriteArrayList<>();
    final CompletableFuture<IOException> failure = new CompletableFuture<>();
    final Semaphore mayWrite = new Semaphore(Integer.MAX_VALUE);

    /** One for each write that has begun. */
    final Semaphore writing = new Semaphore(0);

    final PeerTls tls;
    volatile byte[] file = LedgerCodec.encode(LedgerImage.EMPTY);
    volatile @Nullable IOException refusal;
    private final WitnessServerOptions options;
    private @Nullable WitnessServer server;

    TestWitness(PeerTls tls) throws Exception {
        this(
                tls,
                new WitnessServerOptions(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        100,
                        PATIENCE,
                        PATIENCE));
    }

    TestWitness(PeerTls tls, WitnessServerOptions options) throws Exception {
        this.tls = tls;
        this.options = options;
        start();
    }

    void start() throws Exception {
        server =
                WitnessServer.start(loop, options, tls, LedgerCodec.decode(file), this, this)
                        .get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    void useTls(PeerTls renewed) {
        if (server != null) {
            server.useTls(renewed);
        }
    }

    void stop() {
        if (server != null) {
            server.close().orTimeout(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }
    }

    WitnessAddress address() {
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return new WitnessAddress(server.address(), NAME);
    }

    WitnessClient client(PeerTls node) {
        return client(node, address());
    }

    WitnessClient client(PeerTls node, WitnessAddress at) {
        return new WitnessClient(loop, at, node, bugs::add);
    }

    /** Asks and waits for the answer. */
    WitnessAnswer ask(WitnessClient client, WitnessRequest request) throws Exception {
        return begin(client, request, PATIENCE).get(2L * Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    CompletableFuture<WitnessAnswer> begin(
            WitnessClient client, WitnessRequest request, Duration deadline) {
        CompletableFuture<WitnessAnswer> answer = new CompletableFuture<>();
        Loops.run(
                loop,
                () ->
                        client.ask(
                                request,
                                deadline,
                                told -> {
                                    if (!answer.complete(told)) {
                                        bugs.add(new AssertionError("told twice: " + told));
                                    }
                                }));
        return answer;
    }

    @Override
    public void write(byte[] image) throws IOException {
        writing.release();
        mayWrite.acquireUninterruptibly();
        IOException wrong = refusal;
        if (wrong != null) {
            throw wrong;
        }
        file = image;
    }

    @Override
    public void storeFailed(IOException reason) {
        failure.complete(reason);
    }

    @Override
    public void bug(Throwable cause) {
        bugs.add(cause);
    }

    @Override
    public void close() {
        mayWrite.drainPermits();
        mayWrite.release(Integer.MAX_VALUE);
        stop();
        loops.close();
        if (!bugs.isEmpty()) {
            throw new AssertionError("bugs", bugs.get(0));
        }
    }
}
