package dev.rhizome.core;

import java.nio.ByteBuffer;

/**
 * The bytes of one read or write, as an opaque handle: the core never looks inside.
 *
 * <p>A payload is born with one reference. Whoever keeps it beyond the call in which it was given
 * retains it, and releases it once when done; at zero it goes back to its pool. Not thread-safe: a
 * payload belongs to the event loop of its resource.
 */
public interface Payload {

    /** The number of valid bytes. */
    int sizeBytes();

    /** Whether every valid byte is zero, so that a resync may send a hole instead. */
    boolean allZero();

    /**
     * Writes a digest of each block, {@link Limits#DIGEST_BYTES} bytes long, one after the other:
     * equal blocks have equal digests, different ones do not. Allocates nothing after the first
     * calls.
     *
     * @param blockBytes how long a block is; the last may be shorter
     * @param into room for all digests; its position moves
     */
    void digests(int blockBytes, ByteBuffer into);

    /** Adds one reference. */
    void retain();

    /** Drops one reference; the last one returns the memory to its pool. */
    void release();
}
