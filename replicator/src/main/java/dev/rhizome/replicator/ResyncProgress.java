package dev.rhizome.replicator;

/**
 * How far a resync is.
 *
 * @param totalBytes what there is to copy in this resync
 * @param doneBytes what has been copied
 * @param bytesPerSecond the rate of the last seconds; 0 at the start
 * @param secondsLeft the estimate, or -1 if there is none yet
 */
public record ResyncProgress(
        long totalBytes, long doneBytes, long bytesPerSecond, long secondsLeft) {}
