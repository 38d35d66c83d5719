package dev.rhizome.core.request;

/** What was done for clients and for the peer since the replica was made. */
public final class RequestCounters {
    long readBytes;
    long writtenBytes;
    long flushes;
    long sentBytes;
    long receivedBytes;
    long failed;

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
}
