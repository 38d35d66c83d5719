package dev.rhizome.device.fuse;

import dev.rhizome.core.Limits;
import dev.rhizome.core.request.Operation;

/** One request of the kernel that the volume is at work on. Reused. */
final class FuseRequest {
    final int index;
    long unique;
    Operation operation = Operation.FLUSH;
    long offsetBytes;
    long lengthBytes;

    /** How much of a range has been asked for: large ones go part by part. */
    long askedBytes;

    FuseRequest(int index) {
        this.index = index;
    }

    void start(long withUnique, Operation what, long offset, long length) {
        unique = withUnique;
        operation = what;
        offsetBytes = offset;
        lengthBytes = length;
        askedBytes = 0;
    }

    boolean allAsked() {
        return askedBytes >= lengthBytes;
    }

    /** The next part of a TRIM or ZERO. */
    long nextPartBytes() {
        return Math.min(lengthBytes - askedBytes, Limits.MAX_CHANGE_BYTES);
    }
}
