package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Payload;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One call of the public API: its requests, and the future that they share. */
final class ClientCall {

    /**
     * The most that one trim or zero request changes: a disk may do it by writing, and the peer has
     * its time limit for each request.
     */
    static final long RANGE_PART_BYTES = 64 << 20;

    final CompletableFuture<Void> future = new CompletableFuture<>();
    final Operation operation;
    final boolean fua;
    final long offsetBytes;
    final long lengthBytes;

    /** A view of the caller's memory of our own: what becomes of the caller's does not matter. */
    private final @Nullable ByteBuffer bytes;

    private final @Nullable ByteBuffer callers;
    private final int start;
    private long asked;
    private int pending;
    private @Nullable IoStatus failure;

    /**
     * @param bytes what is written, or where a read goes; null for the other operations
     */
    ClientCall(
            Operation operation,
            boolean fua,
            long offsetBytes,
            long lengthBytes,
            @Nullable ByteBuffer bytes) {
        this.operation = operation;
        this.fua = fua;
        this.offsetBytes = offsetBytes;
        this.lengthBytes = lengthBytes;
        this.callers = bytes;
        this.bytes = bytes == null ? null : bytes.duplicate();
        this.start = bytes == null ? 0 : bytes.position();
    }

    /** Whether its requests carry payloads. */
    boolean carriesData() {
        return bytes != null;
    }

    /** Whether no further request is to be made: all were, or one has failed, or nobody waits. */
    boolean allAsked() {
        boolean whole = operation == Operation.FLUSH ? asked > 0 : asked >= lengthBytes;
        return whole || failure != null || future.isDone();
    }

    boolean over() {
        return pending == 0 && allAsked();
    }

    /** The next request's length; 0 for a flush. */
    long nextLengthBytes() {
        long most = carriesData() ? Limits.MAX_REQUEST_BYTES : RANGE_PART_BYTES;
        return Math.min(most, lengthBytes - asked);
    }

    /**
     * Counts the next request in.
     *
     * @return where it begins, from the call's start
     */
    long next(long partBytes) {
        long at = asked;
        asked += operation == Operation.FLUSH ? 1 : partBytes;
        pending++;
        return at;
    }

    /** Copies what is to be written next into its payload. */
    void fill(PooledPayload payload) {
        int at = start + (int) asked;
        ByteBuffer source = view().position(at).limit(at + payload.sizeBytes());
        payload.window(0, payload.sizeBytes()).put(source);
    }

    /** One of its requests has been answered; the payload's reference passes. */
    void answered(long at, IoStatus status, @Nullable Payload payload) {
        pending--;
        IoStatus result = status;
        boolean read = operation == Operation.READ;
        if (payload != null) {
            if (read && status == IoStatus.OK && !future.isDone()) {
                PooledPayload data = (PooledPayload) payload;
                view().position(start + (int) at).put(data.window(0, data.sizeBytes()));
            }
            payload.release();
        } else if (read && status == IoStatus.OK) {
            result = IoStatus.IO_ERROR;
        }
        if (result != IoStatus.OK && failure == null) {
            failure = result;
        }
    }

    private ByteBuffer view() {
        if (bytes == null) {
            throw new IllegalStateException("a " + operation + " carries no data");
        }
        return bytes.clear();
    }

    /** Completes the future with what became of the requests. */
    void end() {
        if (failure != null) {
            fail(failure);
            return;
        }
        if (operation == Operation.READ && callers != null && !future.isDone()) {
            // Its limit should be where it was, but a caller's slip is no reason to break down.
            callers.position(Math.min(start + (int) lengthBytes, callers.limit()));
        }
        future.complete(null);
    }

    void fail(IoStatus status) {
        future.completeExceptionally(new VolumeIoException(status));
    }
}
