package dev.rhizome.endtoend;

import java.time.Duration;

/** How long tests wait for what must happen: generous, since the machine may be busy. */
final class Waiting {
    static final Duration LIMIT = Duration.ofSeconds(60);

    private Waiting() {}

    /** An interrupt ends a test. */
    static AssertionError interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted: the test ran out of time", e);
    }
}
