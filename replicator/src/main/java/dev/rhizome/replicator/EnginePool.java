package dev.rhizome.replicator;

import dev.rhizome.core.Payload;
import dev.rhizome.core.PayloadPool;
import org.jspecify.annotations.Nullable;

/**
 * The engine's own memory. The engine asks again at its next input; when nothing else is under way
 * there may be none for long, so the return of memory is made one.
 */
final class EnginePool implements PayloadPool {
    private final PayloadMemory memory;
    private final Runnable input;
    private final Runnable wake = this::wake;
    private boolean waiting;

    EnginePool(PayloadMemory memory, Runnable input) {
        this.memory = memory;
        this.input = input;
    }

    @Override
    public @Nullable Payload acquire(int sizeBytes) {
        Payload payload = memory.acquire(sizeBytes);
        if (payload == null && !waiting) {
            waiting = true;
            memory.whenAvailable(wake);
        }
        return payload;
    }

    private void wake() {
        waiting = false;
        input.run();
    }
}
