package dev.rhizome.endtoend;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** How long tests wait for what must happen: generous, since the machine may be busy. */
final class Waiting {
    static final Duration LIMIT = Duration.ofSeconds(60);

    private Waiting() {}

    /** Waits for something that nobody tells of. */
    static void until(String what, BooleanSupplier reached) {
        long endNs = System.nanoTime() + LIMIT.toNanos();
        while (!reached.getAsBoolean()) {
            if (System.nanoTime() > endNs) {
                throw new AssertionError("never came to: " + what);
            }
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    /** An interrupt ends a test. */
    static AssertionError interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted: the test ran out of time", e);
    }
}
