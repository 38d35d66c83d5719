package dev.rhizome.transport.witness;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.core.witness.Verdict;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessCodec;
import dev.rhizome.core.witness.WitnessFormatException;
import dev.rhizome.core.witness.WitnessLedger;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TlsReasons;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One question to a witness: from connecting to the answer, or to why there is none. */
final class WitnessAttempt {
    private static final long CLOSE_NOTIFY_MS = 500;

    /** Who is told, once. */
    interface Owner {
        /** The answer. */
        void ended(WitnessAttempt attempt, WitnessAnswer answer);

        /** Something escaped that is not the network's fault. */
        void bug(Throwable cause);
    }

    private final IoEventLoop loop;
    private final WitnessAddress witness;
    private final PeerTls tls;
    private final WitnessRequest request;
    private final Duration limit;
    private final Owner owner;
    private final WitnessFrames frames = new WitnessFrames(WitnessCodec.MAX_ANSWER_BODY_BYTES);
    private final ByteBuffer scratch =
            ByteBuffer.allocate(WitnessCodec.HEADER_BYTES + WitnessCodec.MAX_REQUEST_BODY_BYTES);
    private final List<Holding> listed = new ArrayList<>();
    private @Nullable Channel channel;
    private @Nullable Future<?> deadline;
    private boolean ready;
    private boolean ended;

    WitnessAttempt(
            IoEventLoop loop,
            WitnessAddress witness,
            PeerTls tls,
            WitnessRequest request,
            Duration limit,
            Owner owner) {
        this.loop = loop;
        this.witness = witness;
        this.tls = tls;
        this.request = request;
        this.limit = limit;
        this.owner = owner;
    }

    void begin() {
        deadline = loop.schedule(this::tooLate, limit.toNanos(), TimeUnit.NANOSECONDS);
        ChannelFuture connecting =
                new Bootstrap()
                        .group(loop)
                        .channel(EpollSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(limit.toMillis()))
                        .handler(new Pipeline())
                        .connect(witness.address());
        channel = connecting.channel();
        connecting.addListener(
                done -> {
                    if (!connecting.isSuccess()) {
                        fail(TlsReasons.of(connecting.cause()));
                    }
                });
    }

    private void tooLate() {
        fail("no answer within " + limit.toMillis() + " ms");
    }

    /** Another question has taken its place; the connection is closed when this returns. */
    void abandon(String reason) {
        if (!ended) {
            end();
            reset();
            WitnessAnswer answer = unreachable(reason);
            // Later: whoever asks anew must not be told of the old one within his call.
            loop.execute(() -> owner.ended(this, answer));
        }
    }

    private void fail(String reason) {
        if (!ended) {
            end();
            reset();
            owner.ended(this, unreachable(reason));
        }
    }

    private WitnessAnswer unreachable(String reason) {
        return WitnessAnswer.unreachable(
                witness + ": " + reason + (ready ? "; it may have granted what was asked" : ""));
    }

    private void succeed(WitnessAnswer answer) {
        end();
        if (channel != null) {
            Channels.close(channel);
        }
        owner.ended(this, answer);
    }

    private void end() {
        ended = true;
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    /** At once, past TLS, and what has not left yet is thrown away. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void reset() {
        if (channel != null && channel.isOpen()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
            ChannelHandlerContext first = channel.pipeline().firstContext();
            if (first != null) {
                first.close();
            } else {
                channel.close();
            }
        }
    }

    private final class Pipeline extends ChannelInitializer<EpollSocketChannel> {
        @Override
        protected void initChannel(EpollSocketChannel fresh) {
            SslHandler encryption = tls.newClientHandler(fresh.alloc());
            // The deadline covers all.
            encryption.setHandshakeTimeoutMillis(0);
            encryption.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MS);
            fresh.pipeline().addLast(encryption, new Handler(encryption));
        }
    }

    private void onEncrypted(SslHandler encryption) {
        List<String> names = PeerTls.shownNames(encryption);
        if (!names.contains(witness.name())) {
            fail("its certificate is for " + PeerTls.quoted(names));
        }
    }

    private void onFrame(ByteBuffer frame) throws WitnessFormatException {
        if (!ready && WitnessCodec.isReady(frame)) {
            ready = true;
            send(request);
            return;
        }
        WitnessAnswer answer = WitnessCodec.decodeAnswer(frame);
        boolean refusal = answer.verdict() == Verdict.REFUSED;
        boolean list = answer.verdict() == Verdict.LISTED;
        if (!refusal && (!ready || list != (request.kind() == WitnessRequest.Kind.LIST))) {
            fail("it answers what was not asked");
        } else if (list) {
            onList(answer);
        } else {
            succeed(answer);
        }
    }

    private void onList(WitnessAnswer part) {
        listed.addAll(part.holdings());
        if (!part.more()) {
            succeed(WitnessAnswer.wholeList(listed));
        } else if (listed.size() > WitnessLedger.MAX_HOLDINGS) {
            fail("its list does not end");
        } else {
            Holding last = listed.get(listed.size() - 1);
            send(WitnessRequest.list(last.resource(), last.node()));
        }
    }

    private void send(WitnessRequest what) {
        if (channel != null) {
            ByteBuffer frame = WitnessCodec.encode(what, scratch);
            Channels.writeAndFlush(channel, WitnessFrames.toSend(channel.alloc(), frame));
        }
    }

    private final class Handler extends ChannelInboundHandlerAdapter {
        private final SslHandler encryption;

        Handler(SslHandler encryption) {
            this.encryption = encryption;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
            if (event instanceof SslHandshakeCompletionEvent completion && !ended) {
                if (completion.isSuccess()) {
                    onEncrypted(encryption);
                } else {
                    fail(TlsReasons.of(completion.cause()));
                }
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object received) {
            ByteBuf in = (ByteBuf) received;
            try {
                ByteBuffer frame = ended ? null : frames.add(in);
                if (frame != null) {
                    onFrame(frame);
                }
            } catch (WitnessFormatException e) {
                fail("its answer is not understood: " + e.getMessage());
            } finally {
                in.release();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) throws Exception {
            fail("it closed the connection");
            ctx.fireChannelInactive();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (!(cause instanceof IOException || cause instanceof CodecException)) {
                owner.bug(cause);
            }
            fail(TlsReasons.of(cause));
        }
    }
}
