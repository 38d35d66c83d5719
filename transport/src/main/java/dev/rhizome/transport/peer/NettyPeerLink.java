package dev.rhizome.transport.peer;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.Payload;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.NettyPayload;
import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.transport.OutboundBatch;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A link over one channel. */
final class NettyPeerLink implements PeerLink {
    /** What one TLS record carries. */
    private static final int BATCH_BYTES = 16 * 1024;

    private static final int COPY_LIMIT_BYTES = 4096;

    private final String peerName;
    private final TlsEngine engine;
    private final PeerLinkHandler handler;
    private final Consumer<NettyPeerLink> downListener;
    private final Channel channel;
    private final OutboundBatch outbound;
    private final FrameReceiver receiver;
    private final DataCompression compression;
    private boolean open = true;
    private boolean closedByPeer;
    private boolean downTold;
    private String downReason = "";

    /**
     * @param channel encrypted and agreed upon; its last handler becomes {@link #receiver()}
     * @param compression how volume data is compressed
     * @param downListener told before the handler that the link is down
     */
    NettyPeerLink(
            Channel channel,
            String peerName,
            TlsEngine engine,
            PeerLinkHandler handler,
            NotifyingPayloadPool pool,
            DataCompression compression,
            Consumer<NettyPeerLink> downListener) {
        this.peerName = peerName;
        this.engine = engine;
        this.handler = handler;
        this.downListener = downListener;
        this.channel = channel;
        outbound = new OutboundBatch(channel, BATCH_BYTES, COPY_LIMIT_BYTES);
        this.compression = compression;
        receiver = new FrameReceiver(channel, this, handler, pool, compression);
    }

    FrameReceiver receiver() {
        return receiver;
    }

    @Override
    public String peerName() {
        return peerName;
    }

    @Override
    public String tlsEngine() {
        return engine.title();
    }

    @Override
    public boolean open() {
        return open;
    }

    @Override
    public boolean writable() {
        return open && channel.isWritable();
    }

    @Override
    public void send(FrameHeader header, @Nullable Payload payload) {
        int sizeBytes = payload == null ? 0 : payload.sizeBytes();
        Invariant.check(
                header.bodyBytes() == sizeBytes, "INV-16", "a frame's body is as long as it says");
        if (!open) {
            if (payload != null) {
                payload.release();
            }
            return;
        }
        if (payload == null) {
            header.encode(outbound.header(FrameHeader.BYTES));
            return;
        }
        NettyPayload data = (NettyPayload) payload;
        ByteBuffer block = compression.compress(header, data, outbound, waitingBytes());
        if (block == null) {
            header.encode(outbound.header(FrameHeader.BYTES));
            outbound.payload(data);
        } else {
            outbound.bytes(block);
            data.release();
        }
    }

    /** What the socket has not taken yet. */
    private long waitingBytes() {
        ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    @Override
    public void send(FrameHeader header, ByteBuffer controlBody) {
        Invariant.check(
                header.bodyBytes() == controlBody.remaining(),
                "INV-16",
                "a frame's body is as long as it says");
        if (!open) {
            return;
        }
        header.encode(outbound.header(FrameHeader.BYTES));
        if (controlBody.hasRemaining()) {
            outbound.bytes(controlBody);
        }
    }

    @Override
    public void flush() {
        if (open) {
            outbound.flush();
            compression.flushed(waitingBytes());
        }
    }

    @Override
    public void close(String reason) {
        if (!open) {
            return;
        }
        outbound.flush();
        failSoon(reason);
    }

    /** Takes the link down at once, and tells so soon. */
    void failSoon(String reason) {
        if (open) {
            shut(reason);
            channel.eventLoop().execute(this::tellDown);
        }
    }

    /** The peer has ended the connection, in order. */
    void onClosedByPeer(String reason) {
        closedByPeer = open;
        fail(reason);
    }

    /** Whether it is down because the peer has ended the connection. */
    boolean closedByPeer() {
        return closedByPeer;
    }

    /** Takes the link down at once, and tells so before it returns. */
    void fail(String reason) {
        shut(reason);
        tellDown();
    }

    private void shut(String reason) {
        if (!open) {
            return;
        }
        open = false;
        downReason = reason;
        outbound.discard();
        receiver.stop();
        Channels.close(channel);
    }

    /** Tells that the link is down, once. */
    void tellDown() {
        if (downTold) {
            return;
        }
        downTold = true;
        try {
            downListener.accept(this);
            handler.onLinkDown(this, downReason);
        } catch (Throwable e) {
            handler.onBug(e);
        }
    }

    /** Why it is down; empty while it is up. */
    String downReason() {
        return downReason;
    }
}
