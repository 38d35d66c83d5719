package dev.rhizome.device;

import org.jspecify.annotations.Nullable;

/** Payloads for a device's requests, within a budget; on the event loop. */
public interface DeviceMemory {

    /**
     * A payload with one reference.
     *
     * @param sizeBytes from 1 to {@link dev.rhizome.core.Limits#MAX_REQUEST_BYTES}
     * @return null if the budget is spent
     */
    @Nullable DevicePayload acquire(int sizeBytes);

    /** Runs a waiter once, as a task of the loop, when something has been given back. */
    void whenAvailable(Runnable waiter);
}
