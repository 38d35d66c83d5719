package dev.rhizome.transport.peer;

import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** An authenticated, encrypted connection to the peer. All calls on the resource's event loop. */
public interface PeerLink {

    /** The peer's node name, as its certificate says. */
    String peerName();

    /** What encrypts the link: "BoringSSL" or "JDK". */
    String tlsEngine();

    /** Whether frames may be sent; false for ever once it is down. */
    boolean open();

    /** Whether the outbound buffer is below its high-water mark. */
    boolean writable();

    /**
     * Sends a frame with volume data or without a body; it leaves at the next {@link #flush}. On a
     * link that is down it only releases the payload.
     *
     * @param header encoded at once; its bodyBytes is the payload's size, or 0
     * @param payload a {@link dev.rhizome.transport.NettyPayload} or null; its reference passes
     */
    void send(FrameHeader header, @Nullable Payload payload);

    /**
     * Sends a frame with a control body.
     *
     * @param header encoded at once; its bodyBytes is what remains in the body
     * @param controlBody copied at once
     */
    void send(FrameHeader header, ByteBuffer controlBody);

    /** Puts all frames sent so far on the wire. */
    void flush();

    /**
     * Takes the link down: what was sent before still leaves if the peer takes it soon, no more
     * frames are delivered, and {@link PeerLinkHandler#onLinkDown} follows with this reason, not
     * within this call. Does nothing on a link that is down.
     */
    void close(String reason);
}
