package dev.rhizome.transport.nbd;

/**
 * What an NBD server has done.
 *
 * @param connections now
 * @param connectionsTotal since it started
 * @param connectionsRefused because there were too many
 * @param requestsInFlight now, of the volume
 * @param reads answered, likewise the following, failed ones included
 * @param readBytes sent
 * @param writeBytes received
 * @param refused requests that the volume never saw
 * @param failed requests that the volume failed
 */
public record NbdCounters(
        int connections,
        long connectionsTotal,
        long connectionsRefused,
        int requestsInFlight,
        long reads,
        long writes,
        long flushes,
        long trims,
        long zeroes,
        long caches,
        long blockStatuses,
        long readBytes,
        long writeBytes,
        long refused,
        long failed) {}
