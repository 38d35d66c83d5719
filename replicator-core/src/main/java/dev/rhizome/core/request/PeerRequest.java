package dev.rhizome.core.request;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameType;
import org.jspecify.annotations.Nullable;

/** One request of the peer: a pooled slot. */
final class PeerRequest {
    final int slot;
    int use;
    boolean busy;
    FrameType type = FrameType.PING;
    boolean fua;
    boolean flushing;
    long id;
    long offsetBytes;
    long lengthBytes;
    @Nullable Payload payload;

    /** The link it came over; its answer goes to that link or nowhere. */
    long connection;

    PeerRequest(int slot) {
        this.slot = slot;
    }

    void clear() {
        use++;
        busy = false;
        flushing = false;
        payload = null;
    }
}
