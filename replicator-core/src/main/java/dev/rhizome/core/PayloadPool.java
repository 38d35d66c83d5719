package dev.rhizome.core;

import org.jspecify.annotations.Nullable;

/**
 * Where payloads come from. A pool has a fixed budget of bytes (INV-17): when it is spent, {@link
 * #acquire} answers null and the caller stops taking input until memory comes back.
 */
public interface PayloadPool {

    /**
     * A payload of exactly {@code sizeBytes} valid bytes, contents undefined, with one reference.
     *
     * @param sizeBytes from 1 to {@link Limits#MAX_REQUEST_BYTES}
     * @return the payload, or null if the pool's budget is spent
     */
    @Nullable Payload acquire(int sizeBytes);
}
