package dev.rhizome.transport.witness;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessCodec;
import dev.rhizome.core.witness.WitnessFormatException;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TlsReasons;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One connection to the witness: who is it, then question and answer. */
final class WitnessConnection extends ChannelInboundHandlerAdapter {
    private static final long REFUSAL_LINGER_MS = 1000;

    private final WitnessServer server;
    private final long number;
    private final SslHandler tls;
    private final WitnessFrames frames = new WitnessFrames(WitnessCodec.MAX_REQUEST_BODY_BYTES);
    private final ByteBuffer scratch =
            ByteBuffer.allocate(WitnessCodec.HEADER_BYTES + WitnessCodec.MAX_ANSWER_BODY_BYTES);
    private String origin = "nowhere";
    private @Nullable ChannelHandlerContext context;
    private @Nullable Future<?> deadline;

    /** Empty until it is known. */
    private String node = "";

    /** Whatever comes is not looked at any more. */
    private boolean ended;

    WitnessConnection(WitnessServer server, long number, SslHandler tls) {
        this.server = server;
        this.number = number;
        this.tls = tls;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        InetSocketAddress remote = (InetSocketAddress) ctx.channel().remoteAddress();
        if (remote != null) {
            origin = remote.getAddress().getHostAddress();
        }
        deadline =
                ctx.executor()
                        .schedule(
                                () -> close("the connection has lasted too long"),
                                server.options().lifetime().toMillis(),
                                TimeUnit.MILLISECONDS);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        if (event instanceof SslHandshakeCompletionEvent completion && !ended) {
            if (completion.isSuccess()) {
                onEncrypted();
            } else {
                // The handler closes the channel itself, after its alert.
                end(TlsReasons.of(completion.cause()));
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    private void onEncrypted() {
        List<String> names = PeerTls.shownNames(tls);
        if (names.size() != 1 || !WitnessCodec.usable(names.get(0))) {
            refuseMessage(
                    "a node's certificate has one name; this one is for " + PeerTls.quoted(names));
            return;
        }
        // The list may be newer than what TLS has checked with.
        closeIfRevoked();
        if (ended) {
            return;
        }
        node = names.get(0);
        server.guarded(() -> server.desk().identified(number, node));
        send(WitnessCodec.encodeReady(scratch));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object received) {
        ByteBuf in = (ByteBuf) received;
        try {
            if (ended) {
                return;
            }
            if (node.isEmpty() || server.desk().waits(number)) {
                throw WitnessCodec.moreThanOne();
            }
            ByteBuffer frame = frames.add(in);
            if (frame != null) {
                WitnessRequest request = WitnessCodec.decodeRequest(frame);
                long nowMs = System.currentTimeMillis();
                server.guarded(() -> server.desk().ask(number, request, nowMs));
            }
        } catch (WitnessFormatException e) {
            refuseMessage(String.valueOf(e.getMessage()));
        } finally {
            in.release();
        }
    }

    void answer(WitnessAnswer answer) {
        send(WitnessCodec.encode(answer, scratch));
    }

    private void send(ByteBuffer frame) {
        Channels.writeAndFlush(context().channel(), WitnessFrames.toSend(context().alloc(), frame));
    }

    private void refuseMessage(String problem) {
        refuse(WitnessAnswer.notUnderstood(problem), problem);
    }

    private void refuse(WitnessAnswer answer, String reason) {
        send(WitnessCodec.encode(answer, scratch));
        end(reason);
        // Who is refused closes when he has read why; closing first could reset the connection.
        deadline =
                context()
                        .executor()
                        .schedule(
                                () -> Channels.close(context().channel()),
                                REFUSAL_LINGER_MS,
                                TimeUnit.MILLISECONDS);
    }

    /** Ends it if the node's certificate has been revoked since it was shown. */
    void closeIfRevoked() {
        String refusal = ended ? "" : server.refusal(PeerTls.shown(tls));
        if (refusal.isEmpty()) {
            return;
        }
        if (server.desk().waits(number)) {
            // What it asked for may be granted by now: refusing would deny that.
            close(refusal);
        } else {
            refuse(WitnessAnswer.revoked(), refusal);
        }
    }

    /** Ends it without a word. */
    void close(String reason) {
        end(reason);
        Channels.close(context().channel());
    }

    private void end(String reason) {
        if (!ended) {
            ended = true;
            stopDeadline();
            server.gone(number);
            server.turnedAway(
                    (node.isEmpty() ? "" : "'" + node + "' ") + "from " + origin + ": " + reason);
        }
    }

    private void stopDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    private ChannelHandlerContext context() {
        return Invariant.present(context, "INV-16", "a handler is in a pipeline");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        stopDeadline();
        if (node.isEmpty()) {
            end("the connection was closed before it was known who it was");
        } else if (!ended) {
            ended = true;
            server.gone(number);
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException || cause instanceof CodecException)) {
            server.bug(cause);
        }
        close(TlsReasons.of(cause));
    }
}
