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

    /** It holds its range: of the two sides' changes and resync blocks, only one at a time. */
    boolean locked;

    /** It is a resync block that is written under this reservation; -1 if it has none. */
    int reservation = -1;

    /** It waits for its range, for its extents of the activity log, or for memory. */
    boolean waiting;

    /** It holds its extents of the activity log. */
    boolean logged;

    /** For a FLUSH: it is the one that counts for the unflushed set. */
    boolean counts;

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
        locked = false;
        reservation = -1;
        waiting = false;
        logged = false;
        counts = false;
        payload = null;
    }
}
