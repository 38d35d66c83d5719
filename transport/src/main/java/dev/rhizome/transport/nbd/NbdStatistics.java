package dev.rhizome.transport.nbd;

/** The counters behind {@link NbdCounters}, on the event loop. */
final class NbdStatistics {
    long connectionsTotal;
    long connectionsRefused;
    final long[] byCommand = new long[Nbd.CMD_BLOCK_STATUS + 1];
    long readBytes;
    long writeBytes;
    long refused;
    long failed;

    NbdCounters snapshot(int connections, int requestsInFlight) {
        return new NbdCounters(
                connections,
                connectionsTotal,
                connectionsRefused,
                requestsInFlight,
                byCommand[Nbd.CMD_READ],
                byCommand[Nbd.CMD_WRITE],
                byCommand[Nbd.CMD_FLUSH],
                byCommand[Nbd.CMD_TRIM],
                byCommand[Nbd.CMD_WRITE_ZEROES],
                byCommand[Nbd.CMD_CACHE],
                byCommand[Nbd.CMD_BLOCK_STATUS],
                readBytes,
                writeBytes,
                refused,
                failed);
    }
}
