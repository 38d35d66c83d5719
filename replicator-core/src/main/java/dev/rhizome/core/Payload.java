package dev.rhizome.core;

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

    /** Adds one reference. */
    void retain();

    /** Drops one reference; the last one returns the memory to its pool. */
    void release();
}
