package dev.rhizome.transport.nbd;

import dev.rhizome.core.Invariant;
import io.netty.channel.IoEventLoop;
import java.util.ArrayDeque;

/** How many requests the volume has at once, over all connections; who waits, in order. */
final class NbdPermits {
    private final IoEventLoop loop;
    private final int limit;
    private final ArrayDeque<Runnable> waiters = new ArrayDeque<>();
    private final Runnable wakeUp = this::wakeUp;
    private int taken;
    private boolean wakeUpPosted;

    NbdPermits(IoEventLoop loop, int limit) {
        this.loop = loop;
        this.limit = limit;
    }

    boolean available() {
        return taken < limit;
    }

    void take() {
        Invariant.check(taken < limit, "INV-17", "a permit that is taken is there");
        taken++;
    }

    void give() {
        Invariant.check(taken > 0, "INV-17", "a permit that is given back was taken");
        taken--;
        if (!waiters.isEmpty() && !wakeUpPosted) {
            wakeUpPosted = true;
            loop.execute(wakeUp);
        }
    }

    /** Runs a waiter once, later, when a permit has been given back. */
    void whenGiven(Runnable waiter) {
        waiters.add(waiter);
    }

    private void wakeUp() {
        wakeUpPosted = false;
        for (int n = waiters.size(); n > 0; n--) {
            waiters.remove().run();
        }
    }

    int taken() {
        return taken;
    }
}
