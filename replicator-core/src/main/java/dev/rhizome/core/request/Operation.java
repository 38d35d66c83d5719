package dev.rhizome.core.request;

/** What a client or the peer asks of a volume. */
public enum Operation {
    /** Fills a payload from the volume. */
    READ,
    /** Writes a payload; with FUA it is durable on both nodes before it is acknowledged. */
    WRITE,
    /** Makes every write that was acknowledged before durable on both nodes (INV-03). */
    FLUSH,
    /**
     * Says that a range is not needed; afterwards it reads as zeroes, on both nodes, and its space
     * is given back where the disks can do that.
     */
    TRIM,
    /** Makes a range read as zeroes. */
    ZERO;

    /** Whether the operation changes the volume. */
    public boolean changes() {
        return this == WRITE || this == TRIM || this == ZERO;
    }
}
