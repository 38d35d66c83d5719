package dev.rhizome.replicator;

import io.netty.channel.SelectStrategy;
import io.netty.channel.SelectStrategyFactory;
import io.netty.util.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Lets a loop look for events for a {@link PollWindow} before it sleeps. In between it gives its
 * processor to whoever else wants it.
 */
final class AdaptivePolling implements SelectStrategy {
    private final PollWindow window;
    private final LongSupplier clockNs;
    private long sinceNs;
    private boolean waits;
    private boolean slept;

    /**
     * @param longestNs how long it looks at most
     */
    AdaptivePolling(long longestNs, LongSupplier clockNs) {
        this.window = new PollWindow(longestNs);
        this.clockNs = clockNs;
    }

    /** For loops that look for so long at most; 0: they sleep at once. */
    static SelectStrategyFactory factory(long longestNs) {
        return longestNs == 0
                ? () -> (selectNow, hasTasks) -> hasTasks ? selectNow.get() : SELECT
                : () -> new AdaptivePolling(longestNs, System::nanoTime);
    }

    @Override
    public int calculateStrategy(IntSupplier selectNow, boolean hasTasks) throws Exception {
        long nowNs = clockNs.getAsLong();
        if (slept) {
            window.waited(nowNs - sinceNs);
            slept = false;
            waits = false;
        }
        if (hasTasks) {
            waits = false;
            return selectNow.get();
        }
        if (!waits) {
            waits = true;
            sinceNs = nowNs;
        }
        return window.lengthNs() == 0 ? sleep() : look(selectNow, nowNs);
    }

    // A hint is all that is meant: looking is right with or without it.
    @SuppressWarnings("ThreadPriorityCheck")
    private int look(IntSupplier selectNow, long nowNs) throws Exception {
        int ready = selectNow.get();
        if (ready > 0) {
            waits = false;
            return ready;
        }
        if (nowNs - sinceNs >= window.lengthNs()) {
            return sleep();
        }
        Thread.yield();
        return CONTINUE;
    }

    private int sleep() {
        slept = true;
        return SELECT;
    }
}
