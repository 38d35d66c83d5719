package dev.rhizome.transport.peer;

import dev.rhizome.core.Limits;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.transport.NettyPayload;
import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.transport.StallingReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the peer's bytes into frames. Volume data goes straight into payloads as it comes; while the
 * pool is spent the channel is not read. No length is believed that {@link FrameHeader#decode} has
 * not checked.
 */
final class FrameReceiver extends StallingReceiver implements PrefaceHandler.StallingFrames {
    private enum Part {
        HEADER,
        CONTROL,
        PAYLOAD,
        COMPRESSED
    }

    private final Channel channel;
    private final NettyPeerLink link;
    private final PeerLinkHandler handler;
    private final NotifyingPayloadPool pool;
    private final Runnable resume = this::resume;
    private final FrameHeader header = new FrameHeader();
    private final ByteBuffer headerBytes = ByteBuffer.allocate(FrameHeader.BYTES);
    private final ByteBuffer control = ByteBuffer.allocate(Limits.MAX_CONTROL_BODY_BYTES);
    private final DataCompression compression;
    private ByteBuffer block = ByteBuffer.allocate(0);
    private Part part = Part.HEADER;
    private @Nullable NettyPayload payload;
    private int received;

    FrameReceiver(
            Channel channel,
            NettyPeerLink link,
            PeerLinkHandler handler,
            NotifyingPayloadPool pool,
            DataCompression compression) {
        this.channel = channel;
        this.link = link;
        this.handler = handler;
        this.pool = pool;
        this.compression = compression;
    }

    @Override
    protected Channel channel() {
        return channel;
    }

    @Override
    public void takeOver(ByteBuf rest) {
        receive(rest);
    }

    @Override
    protected boolean consume(ByteBuf in) {
        while (link.open() && (in.isReadable() || awaitsMemory())) {
            if (part == Part.HEADER) {
                if (fill(headerBytes, in)) {
                    onHeader();
                }
            } else if (part == Part.CONTROL) {
                if (fill(control, in)) {
                    deliver(control.flip(), null);
                }
            } else if (part == Part.COMPRESSED) {
                boolean whole = !block.hasRemaining() || fill(block, in);
                if (whole && !decompress()) {
                    return stalledForMemory();
                }
            } else if (!receivePayload(in)) {
                return stalledForMemory();
            } else if (!in.isReadable()) {
                break;
            }
        }
        return true;
    }

    /** Whether it may go on without bytes, once the pool has memory. */
    private boolean awaitsMemory() {
        return part == Part.PAYLOAD || (part == Part.COMPRESSED && !block.hasRemaining());
    }

    /** Moves bytes into a buffer; true when it is full. */
    private static boolean fill(ByteBuffer target, ByteBuf in) {
        int limit = target.limit();
        target.limit(Math.min(limit, target.position() + in.readableBytes()));
        in.readBytes(target);
        target.limit(limit);
        return !target.hasRemaining();
    }

    private void onHeader() {
        String problem = header.decode(headerBytes.flip());
        headerBytes.clear();
        if (problem != null) {
            link.fail("peer sent garbage: " + problem);
        } else if (header.compressed() && !compression.accepted()) {
            link.fail("peer sent garbage: a compressed frame, which this node has not agreed to");
        } else if (header.compressed()) {
            part = Part.COMPRESSED;
            block = compression.receive(header.bodyBytes());
        } else if (header.carriesPayload()) {
            part = Part.PAYLOAD;
        } else if (header.bodyBytes() > 0) {
            part = Part.CONTROL;
            control.clear().limit(header.bodyBytes());
        } else {
            boolean hasControlBody = header.type().body() == FrameType.Body.CONTROL;
            deliver(hasControlBody ? control.clear().limit(0) : null, null);
        }
    }

    /** False if there is no memory to receive into. */
    private boolean receivePayload(ByteBuf in) {
        NettyPayload target = payload;
        if (target == null) {
            target = pool.acquire(header.bodyBytes());
            if (target == null) {
                return false;
            }
            payload = target;
            received = 0;
        }
        int lengthBytes = Math.min(in.readableBytes(), target.sizeBytes() - received);
        in.readBytes(target.window(received, lengthBytes));
        received += lengthBytes;
        if (received == target.sizeBytes()) {
            payload = null;
            compression.received(received, received);
            deliver(null, target);
        }
        return true;
    }

    /** The block is complete. False if there is no memory for what it stands for. */
    private boolean decompress() {
        NettyPayload target = pool.acquire((int) header.lengthBytes());
        if (target == null) {
            return false;
        }
        if (compression.decompress(block, target)) {
            compression.received(target.sizeBytes(), header.bodyBytes());
            header.decompress();
            deliver(null, target);
        } else {
            target.release();
            link.fail("peer sent garbage: a compressed frame that is damaged");
        }
        return true;
    }

    private boolean stalledForMemory() {
        pool.whenAvailable(resume);
        return false;
    }

    private void deliver(@Nullable ByteBuffer controlBody, @Nullable NettyPayload data) {
        part = Part.HEADER;
        handler.onFrame(link, header, controlBody, data);
    }

    @Override
    protected void batchEnd() {
        if (link.open()) {
            handler.onReadComplete(link);
        }
    }

    @Override
    protected void bug(Throwable cause) {
        handler.onBug(cause);
        link.fail("a bug on this node: " + cause);
    }

    /** Lets go of what has come of an unfinished frame. */
    void stop() {
        stopReceiving();
        if (payload != null) {
            payload.release();
            payload = null;
        }
    }

    private boolean midFrame() {
        return part != Part.HEADER || headerBytes.position() > 0;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (link.writable()) {
            try {
                handler.onWritable(link);
            } catch (Throwable e) {
                bug(e);
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        link.onClosedByPeer(
                midFrame()
                        ? "peer closed the connection in the middle of a frame"
                        : "peer closed the connection");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A failed write ends here too, perhaps within a call of the engine: tell it later.
        link.failSoon("connection lost: " + TlsReasons.of(cause));
    }
}
