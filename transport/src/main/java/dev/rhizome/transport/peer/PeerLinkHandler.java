package dev.rhizome.transport.peer;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Who is told of the link to the peer, on the resource's event loop. At most one link is up at a
 * time: the old one goes down before a new one comes up.
 */
public interface PeerLinkHandler {

    /** A link is up: the peer is who it should be, and has agreed on this connection. */
    void onLinkUp(PeerLink link);

    /**
     * A frame has come.
     *
     * @param header valid during the call only
     * @param controlBody for frames with a control body, its bytes: valid during the call only,
     *     empty if the peer sent none; else null
     * @param payload for frames with volume data, the bytes; the receiver owns one reference
     */
    void onFrame(
            PeerLink link,
            FrameHeader header,
            @Nullable ByteBuffer controlBody,
            @Nullable Payload payload);

    /** A batch of frames has ended: the time to submit disk I/O and to flush, once. */
    void onReadComplete(PeerLink link);

    /** The outbound buffer is below its low-water mark again after it was above the high one. */
    default void onWritable(PeerLink link) {}

    /** The link is down; it delivers nothing more. Comes once for each {@link #onLinkUp}. */
    void onLinkDown(PeerLink link, String reason);

    /**
     * A connection, either way, did not become a link. The connector goes on trying.
     *
     * @param reason one line: to or from where, and why
     */
    void onAttemptFailed(String reason);

    /**
     * An exception or error escaped from one of these methods: a bug. The connection is closed; the
     * process should halt.
     */
    void onBug(Throwable bug);
}
