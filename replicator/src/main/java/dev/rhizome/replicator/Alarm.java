package dev.rhizome.replicator;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The engine's one alarm. The engine asks for its next deadline at every turn of the timer and at
 * every new link; if each were a timer of its own, each would go on asking for another. Only the
 * earliest is kept: who is woken too early asks again. Belongs to the event loop.
 */
final class Alarm {
    private final ScheduledExecutorService loop;
    private final Runnable whenDue;
    private final Runnable due = this::due;
    private @Nullable ScheduledFuture<?> pending;
    private long pendingAtNs;

    Alarm(ScheduledExecutorService loop, Runnable whenDue) {
        this.loop = loop;
        this.whenDue = whenDue;
    }

    /** Wakes at this time of {@link System#nanoTime} at the latest; Long.MAX_VALUE is never. */
    void at(long atNs) {
        if (atNs == Long.MAX_VALUE) {
            return;
        }
        ScheduledFuture<?> earlier = pending;
        if (earlier != null) {
            if (pendingAtNs <= atNs) {
                return;
            }
            earlier.cancel(false);
        }
        pendingAtNs = atNs;
        pending = loop.schedule(due, Math.max(0, atNs - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void due() {
        pending = null;
        whenDue.run();
    }

    /** Wakes nobody any more. */
    void stop() {
        ScheduledFuture<?> last = pending;
        if (last != null) {
            pending = null;
            last.cancel(false);
        }
    }
}
