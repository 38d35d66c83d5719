package dev.rhizome.simulator;

/** A change that a client has asked for; times are counts of the oracle's own clock. */
final class ClientWrite {
    final int node;
    final int first;
    final int count;
    final boolean fua;
    final long[] stamps;
    final long submitted;
    long ended = Long.MAX_VALUE;

    ClientWrite(int node, int first, int count, boolean fua, long[] stamps, long submitted) {
        this.node = node;
        this.first = first;
        this.count = count;
        this.fua = fua;
        this.stamps = stamps;
        this.submitted = submitted;
    }

    boolean covers(int sector) {
        return sector >= first && sector < first + count;
    }
}
