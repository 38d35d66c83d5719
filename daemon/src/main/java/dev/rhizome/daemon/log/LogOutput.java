package dev.rhizome.daemon.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Takes lines to stdout and stderr on a thread of its own, so that a reader that stalls (a full
 * pipe, a busy journal) never stalls an event loop. When too many lines wait, the newest are
 * dropped, and their number is said.
 */
public final class LogOutput {

    /** The process's. */
    public static final LogOutput INSTANCE = new LogOutput(System.out, System.err);

    private static final int MAX_LINES = 4096;
    private static final long FLUSH_LIMIT_SECONDS = 2;

    private final ArrayBlockingQueue<Line> lines = new ArrayBlockingQueue<>(MAX_LINES);
    private final AtomicLong dropped = new AtomicLong();
    private final OutputStream out;
    private final OutputStream err;

    private record Line(boolean toErr, String text, @Nullable CountDownLatch written) {}

    LogOutput(OutputStream out, OutputStream err) {
        this.out = out;
        this.err = err;
        Thread thread = new Thread(this::run, "log");
        thread.setDaemon(true);
        thread.start();
    }

    /** Prints a line, soon; never blocks. */
    void print(boolean toErr, String text) {
        if (!lines.offer(new Line(toErr, text, null))) {
            dropped.incrementAndGet();
        }
    }

    /** Waits until what was printed before is out, but not for long. */
    public void flush() {
        CountDownLatch written = new CountDownLatch(1);
        try {
            long limitNs = TimeUnit.SECONDS.toNanos(FLUSH_LIMIT_SECONDS);
            long startNs = System.nanoTime();
            if (lines.offer(new Line(false, "", written), limitNs, TimeUnit.NANOSECONDS)) {
                long leftNs = limitNs - (System.nanoTime() - startNs);
                if (!written.await(Math.max(0, leftNs), TimeUnit.NANOSECONDS)) {
                    return; // The reader is too slow, and a process that ends cannot wait for it.
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                Line line = lines.take();
                if (line.written != null) {
                    line.written.countDown();
                } else {
                    write(line.toErr ? err : out, line.text);
                }
                long lost = dropped.getAndSet(0);
                if (lost > 0) {
                    write(err, lost + " log lines were dropped: the reader is too slow");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(OutputStream stream, String text) {
        try {
            stream.write((text + "\n").getBytes(StandardCharsets.UTF_8));
            stream.flush();
        } catch (IOException readerGone) {
            // There is nobody left to tell; the replica goes on without its log.
        }
    }
}
