package dev.rhizome.simulator;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Plain threads that all do the same until there is nothing left to do. */
final class Workers {
    private static final long LOOK_EVERY_MS = 100;

    private Workers() {}

    /** As many as the machine has cores. */
    static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /**
     * Runs the work in so many threads until all have ended, and looks on meanwhile.
     *
     * @param look called now and then, and once at the end, by the caller's thread
     */
    static void run(int threads, Runnable work, Runnable look) {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            Thread worker = new Thread(work, "simulator-" + i);
            worker.setDaemon(true);
            worker.setUncaughtExceptionHandler((thread, thrown) -> failure.set(thrown));
            worker.start();
            workers.add(worker);
        }
        for (Thread worker : workers) {
            await(worker, look);
        }
        look.run();
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new IllegalStateException("a thread of the simulator has died", thrown);
        }
    }

    private static void await(Thread worker, Runnable look) {
        try {
            while (worker.isAlive()) {
                worker.join(LOOK_EVERY_MS);
                look.run();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
