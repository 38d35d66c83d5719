package dev.rhizome.transport.nbd;

import dev.rhizome.transport.Channels;
import dev.rhizome.transport.OutboundBatch;
import dev.rhizome.transport.StallingReceiver;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TlsReasons;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client: its bytes go to its {@link NbdHandshake}, then to its {@link NbdRequests}; what is
 * answered leaves in batches. How a connection begins and ends is decided here.
 */
final class NbdConnection extends StallingReceiver {
    private static final int BATCH_BYTES = 32 * 1024;
    private static final int COPY_LIMIT_BYTES = 4096;
    private static final long FLUSH_LIMIT_MS = 1000;

    /** How long somebody may take who has not shown who he is. */
    private static final Duration TLS_TIMEOUT = Duration.ofSeconds(10);

    private final NbdServer server;
    private final Channel channel;
    private final NbdOrigin origin;
    private final OutboundBatch outbound;
    private final Runnable flush = this::flushPosted;
    private final Runnable wakeUp = this::wakeUp;

    /** Null once it has reached transmission. */
    private @Nullable NbdHandshake handshake;

    private @Nullable NbdTransmission transmission;
    private @Nullable NbdRequests requests;

    /** The client's certificate; null until it has shown one. */
    private @Nullable X509Certificate shown;

    private boolean inBatch;
    private boolean flushPosted;
    private boolean wakeUpPosted;
    private boolean disconnecting;
    private boolean closing;
    private boolean closed;
    private String reason = "";

    NbdConnection(NbdServer server, Channel channel, NbdOrigin origin) {
        this.server = server;
        this.channel = channel;
        this.origin = origin;
        outbound = new OutboundBatch(channel, BATCH_BYTES, COPY_LIMIT_BYTES);
        handshake =
                new NbdHandshake(server.options(), server.volume(), origin.security(), outbound);
    }

    @Override
    protected Channel channel() {
        return channel;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        NbdHandshake negotiating = handshake;
        if (origin.adopted() != null || negotiating == null) {
            beginTransmission(NbdFeatures.NONE);
            return;
        }
        negotiating.greet();
        Duration limit = server.options().handshakeTimeout();
        after(limit, ctx, () -> endHandshake(transmission == null, "no request"));
        if (origin.security() == NbdSecurity.TLS_REQUIRED) {
            Duration shorter = limit.compareTo(TLS_TIMEOUT) < 0 ? limit : TLS_TIMEOUT;
            after(shorter, ctx, () -> endHandshake(server.clients().isStranger(this), "no TLS"));
        }
    }

    private static void after(Duration limit, ChannelHandlerContext ctx, Runnable then) {
        var unused = ctx.executor().schedule(then, limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void endHandshake(boolean late, String what) {
        if (late && !closed) {
            close(what + " in the time for the handshake", true);
        }
    }

    @Override
    protected boolean consume(ByteBuf in) {
        inBatch = true;
        while (handshake != null && receiving() && in.isReadable()) {
            negotiate(handshake, in);
        }
        if (requests != null && !requests.consume(in)) {
            return false;
        }
        if (disconnecting) {
            // After its DISC a client has nothing to say.
            in.skipBytes(in.readableBytes());
        }
        return true;
    }

    /** Whether what the client sends still counts. */
    boolean receiving() {
        return !closed && !disconnecting;
    }

    private void negotiate(NbdHandshake negotiating, ByteBuf in) {
        if (!channel.isWritable()) {
            close("client sends options and does not read the replies", true);
            return;
        }
        switch (negotiating.consume(in)) {
            case GOES_ON -> {
                // The rest has yet to come.
            }
            case TRANSMISSION -> beginTransmission(negotiating.features());
            case START_TLS -> startTls(in);
            case ABORTED -> disconnect();
            case BROKEN -> close(negotiating.problem(), true);
        }
    }

    private void beginTransmission(NbdFeatures features) {
        NbdReplies replies = new NbdReplies(outbound, features.structured());
        NbdTransmission begun = new NbdTransmission(server, this, replies, features.structured());
        requests = new NbdRequests(this, server.volume(), begun, features);
        transmission = begun;
        handshake = null;
    }

    /**
     * What follows the acknowledgement comes through TLS. Whatever came before it in plain text
     * could be anybody's, put there to be taken for the client's: that ends the connection.
     */
    private void startTls(ByteBuf in) {
        if (in.isReadable()) {
            close("client sent something after STARTTLS without waiting for TLS", true);
            return;
        }
        outbound.flush();
        channel.pipeline().addFirst(server.remote().encryption(channel.alloc()));
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completion && !closed) {
            if (completion.isSuccess()) {
                onEncrypted();
            } else {
                // Its handler closes the channel itself, after its alert.
                boolean gone = completion.cause() instanceof ClosedChannelException;
                String why = gone ? "disconnected" : TlsReasons.of(completion.cause());
                end("no TLS: " + why, !gone);
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    private void onEncrypted() {
        SslHandler encryption = channel.pipeline().get(SslHandler.class);
        shown = encryption == null ? null : PeerTls.shown(encryption);
        // The list may be newer than what TLS has checked with.
        String refusal = server.remote().refusal(shown);
        if (!refusal.isEmpty()) {
            close(refusal, true);
        } else if (!server.clients().admit(this)) {
            close("too many clients are connected", true);
        } else if (handshake != null) {
            handshake.onEncrypted();
        }
    }

    /** Ends it if the client's certificate has been revoked since it was shown. */
    void closeIfRevoked(PeerTls current) {
        String refusal = current.refusal(shown);
        if (!refusal.isEmpty()) {
            close(refusal, true);
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

    /** The client has said goodbye. */
    void disconnect() {
        disconnecting = true;
        closeWhenIdle();
    }

    /** Refuses further requests; closes when those in flight are answered. */
    void closeWhenIdle() {
        closing = true;
        closeIfIdle();
    }

    /** Whether further requests are refused. */
    boolean closing() {
        return closing;
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
        if (!closed) {
            end(why, suspicious);
            Channels.close(channel);
        }
    }

    private void end(String why, boolean suspicious) {
        closed = true;
        reason = why;
        server.clients().tell(origin, why, suspicious);
        stopReceiving();
        outbound.discard();
        if (transmission != null) {
            transmission.abandon();
        }
    }

    boolean closed() {
        return closed;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        close("disconnected", transmission != null && transmission.busy());
        NbdAdopted adopted = origin.adopted();
        if (adopted != null) {
            adopted.end(reason);
        }
        server.onGone(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof IOException) {
            close("connection lost: " + cause.getMessage(), false);
        } else if (cause instanceof CodecException) {
            close("no TLS: " + TlsReasons.of(cause), true);
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
