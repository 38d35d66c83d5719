package dev.rhizome.transport.nbd;

import dev.rhizome.transport.Channels;
import dev.rhizome.transport.OutboundBatch;
import dev.rhizome.transport.StallingReceiver;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: its handshake, then its requests as they are cut from its bytes. What becomes of a
 * request that was let through is {@link NbdTransmission}'s.
 */
final class NbdConnection extends StallingReceiver {
    private static final Logger LOG = LoggerFactory.getLogger(NbdConnection.class);
    private static final int BATCH_BYTES = 32 * 1024;
    private static final int COPY_LIMIT_BYTES = 4096;
    private static final long FLUSH_LIMIT_MS = 1000;

    private enum Part {
        HANDSHAKE,
        REQUEST,
        START,
        DATA,
        DRAIN
    }

    private final NbdServer server;
    private final Channel channel;
    private final OutboundBatch outbound;
    private final NbdHandshake handshake;
    private final @Nullable NbdAdopted adopted;
    private final ByteBuffer requestBytes = ByteBuffer.allocate(Nbd.REQUEST_BYTES);
    private final Runnable flush = this::flushPosted;
    private final Runnable wakeUp = this::wakeUp;
    private @Nullable NbdTransmission transmission;
    private Part part = Part.HANDSHAKE;
    private int command;
    private int flags;
    private long cookie;
    private long offsetBytes;
    private long lengthBytes;
    private long drainBytes;
    private boolean inBatch;
    private boolean flushPosted;
    private boolean wakeUpPosted;
    private boolean disconnecting;
    private boolean closing;
    private boolean closed;
    private String reason = "";

    /**
     * @param adopted null if the client is to negotiate; else the connection is in transmission
     *     from the first byte, with simple replies, and this is who is told of its end
     */
    NbdConnection(NbdServer server, Channel channel, @Nullable NbdAdopted adopted) {
        this.server = server;
        this.channel = channel;
        this.adopted = adopted;
        outbound = new OutboundBatch(channel, BATCH_BYTES, COPY_LIMIT_BYTES);
        handshake = new NbdHandshake(server.options(), server.volume(), outbound);
    }

    @Override
    protected Channel channel() {
        return channel;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (adopted != null) {
            beginTransmission();
            return;
        }
        handshake.greet();
        long limitMs = server.options().handshakeTimeout().toMillis();
        var unused = ctx.executor().schedule(this::endHandshake, limitMs, TimeUnit.MILLISECONDS);
    }

    private void endHandshake() {
        if (transmission == null && !closed) {
            close("no request in the time for the handshake", true);
        }
    }

    @Override
    protected boolean consume(ByteBuf in) {
        inBatch = true;
        while (!closed && !disconnecting && (in.isReadable() || part == Part.START)) {
            NbdTransmission running = transmission;
            if (running == null) {
                onHandshake(in);
            } else if (part == Part.REQUEST) {
                if (fillRequest(in)) {
                    onRequest();
                }
            } else if (part == Part.START) {
                if (!start(running)) {
                    return false;
                }
            } else if (part == Part.DATA) {
                if (!running.receive(in)) {
                    return false;
                }
                nextAfterData(running);
            } else {
                drain(in, running);
            }
        }
        if (disconnecting) {
            // After its DISC a client has nothing to say.
            in.skipBytes(in.readableBytes());
        }
        return true;
    }

    private void onHandshake(ByteBuf in) {
        switch (handshake.consume(in)) {
            case GOES_ON -> {
                // The rest has yet to come.
            }
            case TRANSMISSION -> beginTransmission();
            case ABORTED -> disconnect();
            case BROKEN -> close(handshake.problem(), true);
        }
    }

    private void beginTransmission() {
        boolean structured = handshake.structured();
        NbdReplies replies = new NbdReplies(outbound, structured);
        transmission = new NbdTransmission(server, this, replies, structured);
        part = Part.REQUEST;
    }

    private boolean fillRequest(ByteBuf in) {
        requestBytes.limit(
                Math.min(Nbd.REQUEST_BYTES, requestBytes.position() + in.readableBytes()));
        in.readBytes(requestBytes);
        return requestBytes.position() == Nbd.REQUEST_BYTES;
    }

    private void onRequest() {
        requestBytes.flip();
        int magic = requestBytes.getInt();
        flags = requestBytes.getShort() & 0xFFFF;
        command = requestBytes.getShort() & 0xFFFF;
        cookie = requestBytes.getLong();
        offsetBytes = requestBytes.getLong();
        lengthBytes = requestBytes.getInt() & 0xFFFFFFFFL;
        requestBytes.clear();
        if (magic != Nbd.REQUEST_MAGIC) {
            close("client sent garbage: a request without its magic", true);
        } else if (command == Nbd.CMD_DISC) {
            disconnect();
        } else {
            part = Part.START;
        }
    }

    /** False if the request must wait. */
    private boolean start(NbdTransmission running) {
        NbdRefusal refusal = closing ? NbdRefusal.SERVER_CLOSING : check();
        if (refusal != null) {
            running.refuse(cookie, refusal);
            drainBytes = command == Nbd.CMD_WRITE ? lengthBytes : 0;
            part = drainBytes > 0 ? Part.DRAIN : Part.REQUEST;
            return true;
        }
        boolean fua = (flags & Nbd.CMD_FLAG_FUA) != 0;
        if (!running.start(command, fua, cookie, offsetBytes, lengthBytes)) {
            return false;
        }
        part = command == Nbd.CMD_WRITE ? Part.DATA : Part.REQUEST;
        return true;
    }

    private @Nullable NbdRefusal check() {
        return NbdRequestValidator.check(
                command,
                flags,
                offsetBytes,
                lengthBytes,
                server.volume().sizeBytes(),
                server.volume().sectorBytes(),
                handshake.structured());
    }

    /** A write that failed before all of its data came: the rest is thrown away. */
    private void nextAfterData(NbdTransmission running) {
        drainBytes = running.unwantedBytes();
        if (drainBytes > 0) {
            part = Part.DRAIN;
        } else if (!running.receiving()) {
            part = Part.REQUEST;
        }
    }

    private void drain(ByteBuf in, NbdTransmission running) {
        int skippedBytes = (int) Math.min(drainBytes, in.readableBytes());
        in.skipBytes(skippedBytes);
        drainBytes -= skippedBytes;
        if (drainBytes == 0) {
            part = Part.REQUEST;
            running.drained();
        }
    }

    @Override
    protected void batchEnd() {
        server.listener().afterBatch();
        inBatch = false;
        if (!closed) {
            outbound.flush();
        }
    }

    /** Something was replied: it leaves with its batch, or at the end of this turn of the loop. */
    void flushSoon() {
        if (!inBatch && !flushPosted) {
            flushPosted = true;
            channel.eventLoop().execute(flush);
        }
    }

    private void flushPosted() {
        flushPosted = false;
        if (!closed) {
            outbound.flush();
        }
    }

    /** What a request waits for may be there: looks again, later in this turn of the loop. */
    void wakeUpSoon() {
        if (!wakeUpPosted) {
            wakeUpPosted = true;
            channel.eventLoop().execute(wakeUp);
        }
    }

    private void wakeUp() {
        wakeUpPosted = false;
        if (closed || transmission == null) {
            return;
        }
        inBatch = true;
        try {
            transmission.issueStarved();
            if (stalled()) {
                resume();
            } else {
                batchEnd();
            }
        } catch (Throwable e) {
            bug(e);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (!closed && channel.isWritable() && stalled()) {
            wakeUpSoon();
        }
    }

    private void disconnect() {
        disconnecting = true;
        closeWhenIdle();
    }

    /** Refuses further requests; closes when those in flight are answered. */
    void closeWhenIdle() {
        closing = true;
        closeIfIdle();
    }

    /** A request has been answered: another may have its place. */
    void onRequestEnded() {
        if (stalled()) {
            wakeUpSoon();
        }
        closeIfIdle();
    }

    private void closeIfIdle() {
        if (!closing || closed || (transmission != null && transmission.busy())) {
            return;
        }
        closed = true;
        reason = disconnecting ? "the client has disconnected" : "the server is being closed";
        stopReceiving();
        if (transmission != null) {
            transmission.abandon();
        }
        outbound.flush();
        Channels.closeAfterFlush(channel, FLUSH_LIMIT_MS);
    }

    /** Closes at once; what is in flight is answered to nobody. */
    void close(String why, boolean suspicious) {
        if (closed) {
            return;
        }
        closed = true;
        reason = why;
        if (suspicious) {
            LOG.warn("{}: NBD client dropped: {}", server.options().exportName(), why);
        } else {
            LOG.debug("{}: NBD client gone: {}", server.options().exportName(), why);
        }
        stopReceiving();
        outbound.discard();
        if (transmission != null) {
            transmission.abandon();
        }
        Channels.close(channel);
    }

    boolean closed() {
        return closed;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        close("disconnected", transmission != null && transmission.busy());
        if (adopted != null) {
            adopted.end(reason);
        }
        server.onGone(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            close("connection lost: " + cause.getMessage(), false);
        } else {
            bug(cause);
        }
    }

    @Override
    protected void bug(Throwable cause) {
        server.listener().onBug(cause);
        close("a bug on this node: " + cause, true);
    }
}
