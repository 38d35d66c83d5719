package dev.rhizome.core.request;

/** What was done for clients and for the peer since the replica was made. */
public final class RequestCounters {
    long readBytes;
    long writtenBytes;
    long flushes;
    long sentBytes;
    long receivedBytes;
    long failed;
    final LatencyHistogram reads = new LatencyHistogram();
    final LatencyHistogram writes = new LatencyHistogram();
    final LatencyHistogram fullFlushes = new LatencyHistogram();
    final LatencyHistogram peerWrites = new LatencyHistogram();
    final LatencyHistogram peerFlushes = new LatencyHistogram();

    void count(Operation operation, long lengthBytes, IoStatus status) {
        if (status != IoStatus.OK) {
            failed++;
        } else if (operation == Operation.READ) {
            readBytes += lengthBytes;
        } else if (operation == Operation.FLUSH) {
            flushes++;
        } else {
            writtenBytes += lengthBytes;
        }
    }

    /** Bytes read for clients. */
    public long readBytes() {
        return readBytes;
    }

    /** Bytes written, trimmed or zeroed for clients. */
    public long writtenBytes() {
        return writtenBytes;
    }

    /** Flushes done for clients. */
    public long flushes() {
        return flushes;
    }

    /** Bytes of data sent to the peer for clients' writes. */
    public long sentBytes() {
        return sentBytes;
    }

    /** Bytes of data received from the peer and written. */
    public long receivedBytes() {
        return receivedBytes;
    }

    /** Client requests that ended with an error. */
    public long failed() {
        return failed;
    }

    /** A client was answered, well. */
    void took(Operation operation, long tookNs) {
        switch (operation) {
            case READ -> reads.add(tookNs);
            case FLUSH -> fullFlushes.add(tookNs);
            case WRITE, TRIM, ZERO -> writes.add(tookNs);
        }
    }

    /** The peer has answered, well. */
    void peerTook(Operation operation, long tookNs) {
        if (operation == Operation.FLUSH) {
            peerFlushes.add(tookNs);
        } else if (operation.changes()) {
            peerWrites.add(tookNs);
        }
    }

    /** How long clients have waited for reads. */
    public LatencyHistogram reads() {
        return reads;
    }

    /** How long clients have waited for writes, trims and zeroes. */
    public LatencyHistogram writes() {
        return writes;
    }

    /** How long clients have waited for flushes, of both nodes. */
    public LatencyHistogram fullFlushes() {
        return fullFlushes;
    }

    /** How long the peer took to have clients' writes, trims and zeroes, link included. */
    public LatencyHistogram peerWrites() {
        return peerWrites;
    }

    /** How long the peer took for clients' flushes, link included. */
    public LatencyHistogram peerFlushes() {
        return peerFlushes;
    }
}
