package dev.rhizome.transport.nbd;

import dev.rhizome.transport.BudgetedPool;
import dev.rhizome.transport.Loops;
import io.netty.channel.IoEventLoop;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** A server over memory, for one test. */
final class TestServer implements NbdListener, AutoCloseable {
    final Loops loops = new Loops();
    final IoEventLoop loop = loops.next();
    final BudgetedPool pool;
    final MemoryVolume volume;
    final NbdServer server;
    final NbdServerOptions options;
    final List<Throwable> bugs = new CopyOnWriteArrayList<>();
    final AtomicInteger batches = new AtomicInteger();

    TestServer(Path directory, int sizeBytes) throws Exception {
        this(NbdServerOptions.of(directory.resolve("nbd.sock"), "r0"), sizeBytes, 8);
    }

    TestServer(NbdServerOptions options, int sizeBytes, int payloads) throws Exception {
        this.options = options;
        pool = new BudgetedPool(loop, payloads, 1 << 20);
        volume = new MemoryVolume(loop, sizeBytes);
        server =
                NbdServer.start(loop, options, volume, pool, this)
                        .get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    RawClient connect() throws Exception {
        return new RawClient(options.socket());
    }

    NbdCounters counters() {
        return Loops.on(loop, server::counters);
    }

    /** Waits until the loop has seen something. */
    void until(BooleanSupplier seen) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(Loops.PATIENCE_SECONDS);
        while (!Loops.on(loop, seen::getAsBoolean)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not happen");
            }
            Thread.onSpinWait();
        }
    }

    @Override
    public void afterBatch() {
        batches.incrementAndGet();
    }

    @Override
    public void onBug(Throwable bug) {
        bugs.add(bug);
    }

    /** Ends, and checks that nothing is left: no bug, no payload, no permit. */
    @Override
    public void close() {
        try {
            server.close().orTimeout(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS).join();
            int inUse = Loops.on(loop, pool::inUse);
            if (!bugs.isEmpty()) {
                throw new AssertionError("a bug", bugs.get(0));
            }
            if (inUse != 0 || counters().requestsInFlight() != 0) {
                throw new AssertionError(inUse + " payloads leaked, " + counters());
            }
        } finally {
            loops.close();
        }
    }
}
