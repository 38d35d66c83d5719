package dev.rhizome.transport.nbd;

import dev.rhizome.core.Limits;
import org.jspecify.annotations.Nullable;

/**
 * One client request in flight, reused. Larger ones than the volume takes at once are given to it
 * in parts; the token of a part names the request and the part.
 */
final class NbdRequest {
    /**
     * A part of a long TRIM or WRITE_ZEROES: a disk that has to write the zeroes shall be done with
     * it long before the peer is taken for dead.
     */
    static final int RANGE_PART_BYTES = 64 << 20;

    private static final int INDEX_BITS = 16;

    final int index;
    int command;
    boolean fua;
    long cookie;
    long offsetBytes;
    long lengthBytes;

    /** How much of it the volume has been given. */
    long issuedBytes;

    /** Parts that the volume has not answered. */
    int outstanding;

    /** Data of a write is still to come. */
    boolean receiving;

    /** Parts are being given to the volume now, further up the stack. */
    boolean issuing;

    /** The header of a simple reply has been sent. */
    boolean replyBegun;

    @Nullable NbdRefusal failure;

    NbdRequest(int index) {
        this.index = index;
    }

    void start(NbdRequestHeader header, boolean durable) {
        command = header.command;
        fua = durable;
        cookie = header.cookie;
        offsetBytes = header.offsetBytes;
        lengthBytes = header.lengthBytes;
        issuedBytes = 0;
        outstanding = 0;
        receiving = command == Nbd.CMD_WRITE;
        issuing = false;
        replyBegun = false;
        failure = null;
    }

    /** The size of the part that comes next. */
    int nextPartBytes() {
        return (int) Math.min(unitBytes(), lengthBytes - issuedBytes);
    }

    /** The token of the part that comes next. */
    long nextToken() {
        return ((issuedBytes / unitBytes()) << INDEX_BITS) | index;
    }

    static int indexOf(long token) {
        return (int) (token & ((1 << INDEX_BITS) - 1));
    }

    long offsetOf(long token) {
        return offsetBytes + (token >>> INDEX_BITS) * unitBytes();
    }

    private int unitBytes() {
        boolean carriesData = command == Nbd.CMD_READ || command == Nbd.CMD_WRITE;
        return carriesData ? Limits.MAX_REQUEST_BYTES : RANGE_PART_BYTES;
    }

    /** All that will be given to the volume has been. */
    boolean allIssued() {
        return !receiving && (failure != null || issuedBytes == lengthBytes);
    }

    /** The volume has nothing of it, and gets nothing more. */
    boolean allAnswered() {
        return outstanding == 0 && allIssued();
    }
}
