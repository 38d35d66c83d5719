package dev.rhizome.replicator;

/**
 * What was done since the volume was opened.
 *
 * @param readBytes read for clients
 * @param writtenBytes written for clients
 * @param flushes flushes acknowledged to clients
 * @param sentBytes written to the peer
 * @param receivedBytes written for the peer
 * @param inFlight client requests not answered yet
 * @param failed client requests that ended with an error
 * @param activityLogWrites transactions of the activity log
 * @param bitmapWrites writes to the bitmap on disk
 * @param latencies how long what has taken
 */
public record VolumeCounters(
        long readBytes,
        long writtenBytes,
        long flushes,
        long sentBytes,
        long receivedBytes,
        int inFlight,
        long failed,
        long activityLogWrites,
        long bitmapWrites,
        VolumeLatencies latencies) {}
