package dev.rhizome.replicator;

import java.util.ArrayDeque;

/**
 * What is left to do after the engine has taken an input: it is not re-entrant, so whatever its
 * effects set off that may call it again waits here.
 */
final class Turn {
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    /** Runs a task after the current input, on the event loop. */
    void later(Runnable task) {
        waiting.add(task);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    void runNext() {
        waiting.remove().run();
    }
}
