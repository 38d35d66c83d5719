package dev.rhizome.replicator;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has certificates looked at again and again, all of this process by one thread, which is there
 * only while something is watched. So a change needs no word to anybody, and costs no event loop a
 * file access.
 */
public final class CertificateWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(3);
    private static final ScheduledThreadPoolExecutor THREAD = thread();

    private final ScheduledFuture<?> looking;

    private CertificateWatch(ScheduledFuture<?> looking) {
        this.looking = looking;
    }

    /** Begins; what looks may block for a moment. */
    public static CertificateWatch begin(Runnable look) {
        Runnable guarded =
                () -> {
                    try {
                        look.run();
                    } catch (RuntimeException e) {
                        // It must not end the others, nor itself.
                        LOG.error("looking at certificates", e);
                    }
                };
        return new CertificateWatch(
                THREAD.scheduleWithFixedDelay(
                        guarded, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS));
    }

    /** Where looks are made. */
    static Executor executor() {
        return THREAD;
    }

    private static ScheduledThreadPoolExecutor thread() {
        ScheduledThreadPoolExecutor executor =
                new ScheduledThreadPoolExecutor(
                        1,
                        task -> {
                            Thread thread = new Thread(task, "certificates");
                            thread.setDaemon(true);
                            return thread;
                        });
        executor.setRemoveOnCancelPolicy(true);
        executor.setKeepAliveTime(2 * EVERY.toMillis(), TimeUnit.MILLISECONDS);
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    @Override
    public void close() {
        looking.cancel(false);
    }
}
