package dev.rhizome.core.request;

import dev.rhizome.core.Payload;
import org.jspecify.annotations.Nullable;

/**
 * A replicated volume as a front end sees it. All calls on the resource's event loop; a completion
 * may arrive during the call or later, never on another thread.
 */
public interface Volume {

    /** The size, fixed while the volume is served. */
    long sizeBytes();

    /** The unit to which offsets and lengths are aligned: a power of two, 512 to 4096. */
    int sectorBytes();

    /** Whether clients may be served now: this node is Primary and not closing. */
    boolean serving();

    /**
     * Asks for one operation.
     *
     * @param operation what
     * @param fua for the three that change the volume: durable on both nodes before the answer
     * @param offsetBytes aligned to {@link #sectorBytes()}; 0 for FLUSH
     * @param lengthBytes aligned; for READ and WRITE at most {@link
     *     dev.rhizome.core.Limits#MAX_REQUEST_BYTES}; 0 for FLUSH
     * @param payload for WRITE the bytes, for READ where they go; null otherwise. Its reference
     *     passes to the volume.
     * @param completion who is told
     * @param token given back to the completion
     */
    void submit(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable Payload payload,
            Completion completion,
            long token);
}
