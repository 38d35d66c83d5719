package dev.rhizome.core.verify;

/**
 * How the nodes' data is compared.
 *
 * @param checksums whether a resync compares digests first, and copies only what differs
 * @param verifyBytesPerSecond how fast an online verify reads each node's disk at most
 */
public record CheckOptions(boolean checksums, long verifyBytesPerSecond) {

    /** No checksums; 100 MiB a second. */
    public static CheckOptions defaults() {
        return new CheckOptions(false, 100L << 20);
    }
}
