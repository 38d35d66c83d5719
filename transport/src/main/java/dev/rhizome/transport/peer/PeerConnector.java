package dev.rhizome.transport.peer;

import dev.rhizome.core.Invariant;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.transport.RepeatedReasons;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one link to the peer: listens, dials, authenticates, agrees with the peer on one connection
 * ({@link Settlement}), and starts again when the link is lost. {@link #start} and {@link #stop}
 * may be called from any thread and more than once; everything else happens on the event loop.
 */
public final class PeerConnector {
    private static final Logger LOG = LoggerFactory.getLogger(PeerConnector.class);
    private static final long CLOSE_NOTIFY_MS = 500;
    private static final int FIRST_READ_BYTES = 2048;
    private static final int MAX_READ_BYTES = 128 * 1024;

    private final IoEventLoop loop;
    private final PeerLinkOptions options;
    private final PeerLinkHandler handler;
    private final NotifyingPayloadPool pool;
    private final Settlement settlement;
    private final RepeatedReasons reasons = new RepeatedReasons();
    private final Set<PrefaceHandler> unsettled = new LinkedHashSet<>();
    private final CompletableFuture<InetSocketAddress> started = new CompletableFuture<>();
    private PeerTls tls;
    private boolean startAsked;
    private @Nullable Channel listener;
    private @Nullable NettyPeerLink current;
    private @Nullable Future<?> nextDial;
    private boolean dialling;
    private boolean stopped;

    /**
     * @param loop where everything happens
     * @param options who, where, how long
     * @param tls this node's certificate
     * @param pool where the volume data of frames is received
     * @param handler who is told
     */
    public PeerConnector(
            IoEventLoop loop,
            PeerLinkOptions options,
            PeerTls tls,
            NotifyingPayloadPool pool,
            PeerLinkHandler handler) {
        this.loop = loop;
        this.options = options;
        this.tls = tls;
        this.pool = pool;
        this.handler = handler;
        boolean coordinator = options.node().compareTo(options.peer()) < 0;
        settlement =
                new Settlement(
                        coordinator, this::dropLink, () -> ThreadLocalRandom.current().nextLong());
    }

    /**
     * Listens, and begins to dial.
     *
     * @return where it listens; fails with one line if it cannot
     */
    public CompletableFuture<InetSocketAddress> start() {
        loop.execute(this::startOnLoop);
        return started;
    }

    /** Ends the link and all attempts; completes when nothing more will be told. */
    public CompletableFuture<Void> stop() {
        CompletableFuture<Void> result = new CompletableFuture<>();
        loop.execute(
                () -> {
                    stopOnLoop();
                    result.complete(null);
                });
        return result;
    }

    /** Uses a renewed certificate for connections from now on; the link that is up stays. */
    public void useTls(PeerTls renewed) {
        loop.execute(() -> tls = renewed);
    }

    private void startOnLoop() {
        if (startAsked || stopped) {
            return;
        }
        startAsked = true;
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loop, loop)
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_BACKLOG, 64)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(EpollChannelOption.TCP_USER_TIMEOUT, userTimeoutMs())
                        .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveSizes())
                        .childHandler(initializer(false))
                        .bind(options.listen());
        bound.addListener(done -> onBound(bound));
    }

    private void onBound(ChannelFuture bound) {
        if (!bound.isSuccess()) {
            started.completeExceptionally(
                    new IOException(
                            "cannot listen for the peer on "
                                    + options.listen().getHostString()
                                    + ":"
                                    + options.listen().getPort()
                                    + ": "
                                    + bound.cause().getMessage(),
                            bound.cause()));
            return;
        }
        Channel opened = bound.channel();
        if (stopped) {
            Channels.close(opened);
            return;
        }
        listener = opened;
        started.complete((InetSocketAddress) opened.localAddress());
        guarded(this::dial);
    }

    private void stopOnLoop() {
        if (stopped) {
            return;
        }
        stopped = true;
        started.completeExceptionally(new IllegalStateException("the connector was stopped"));
        if (nextDial != null) {
            nextDial.cancel(false);
        }
        if (listener != null) {
            Channels.close(listener);
        }
        for (PrefaceHandler connection : List.copyOf(unsettled)) {
            connection.fail("the connector is being stopped");
        }
        dropLink("the connector is being stopped");
    }

    private int userTimeoutMs() {
        return Math.toIntExact(options.userTimeout().toMillis());
    }

    private static AdaptiveRecvByteBufAllocator receiveSizes() {
        return new AdaptiveRecvByteBufAllocator(512, FIRST_READ_BYTES, MAX_READ_BYTES);
    }

    private ChannelInitializer<EpollSocketChannel> initializer(boolean dialled) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(EpollSocketChannel channel) {
                if (stopped || (!dialled && inboundUnsettled() >= options.maxUnsettled())) {
                    // No word: a stranger that fills the places gets no work out of us.
                    Channels.close(channel);
                    return;
                }
                prepare(channel, dialled);
            }
        };
    }

    private void prepare(Channel channel, boolean dialled) {
        SslHandler encryption = tls.newHandler(channel.alloc(), dialled);
        // One deadline covers TLS and the preface; OutboundBatch makes the records.
        encryption.setHandshakeTimeoutMillis(0);
        encryption.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MS);
        encryption.setWrapDataSize(0);
        PrefaceHandler preface =
                new PrefaceHandler(options, dialled, encryption, settlement, new Attempts());
        unsettled.add(preface);
        channel.pipeline().addLast(encryption, preface);
    }

    private long inboundUnsettled() {
        return unsettled.stream().filter(connection -> !connection.dialled()).count();
    }

    private void dial() {
        nextDial = null;
        if (stopped || current != null || dialling) {
            return;
        }
        dialling = true;
        InetSocketAddress address = options.peerAddress().get();
        if (address.isUnresolved()) {
            attemptFailed(to(address) + ": the name cannot be resolved");
            dialEnded();
            return;
        }
        ChannelFuture connected =
                new Bootstrap()
                        .group(loop)
                        .channel(EpollSocketChannel.class)
                        .option(ChannelOption.TCP_NODELAY, true)
                        .option(EpollChannelOption.TCP_USER_TIMEOUT, userTimeoutMs())
                        .option(ChannelOption.RECVBUF_ALLOCATOR, receiveSizes())
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(options.connectTimeout().toMillis()))
                        .handler(new Dialler())
                        .connect(address);
        connected.addListener(done -> onConnected(connected, address));
    }

    /** The pipeline is made when the connection is there, so that its deadline starts then. */
    private static final class Dialler extends ChannelInitializer<EpollSocketChannel> {
        @Override
        protected void initChannel(EpollSocketChannel channel) {
            channel.config().setAutoRead(false);
        }
    }

    private void onConnected(ChannelFuture connected, InetSocketAddress address) {
        if (!connected.isSuccess()) {
            attemptFailed(to(address) + ": " + TlsReasons.of(connected.cause()));
            dialEnded();
        } else if (stopped) {
            Channels.close(connected.channel());
        } else {
            prepare(connected.channel(), true);
            connected.channel().config().setAutoRead(true);
        }
    }

    private void dialEnded() {
        dialling = false;
        long intervalNs = options.connectInterval().toNanos();
        scheduleDial(
                intervalNs
                        - intervalNs / 5
                        + ThreadLocalRandom.current().nextLong(2 * intervalNs / 5 + 1));
    }

    private void scheduleDial(long delayNs) {
        if (!stopped && nextDial == null) {
            nextDial = loop.schedule(() -> guarded(this::dial), delayNs, TimeUnit.NANOSECONDS);
        }
    }

    private static String to(InetSocketAddress address) {
        return "to " + address.getHostString() + ":" + address.getPort();
    }

    private void attemptFailed(String reason) {
        if (stopped) {
            return;
        }
        int times = reasons.tell(reason, System.nanoTime());
        if (times == 1) {
            LOG.warn("{}: no link to '{}': {}", options.resource(), options.peer(), reason);
        } else if (times > 1) {
            LOG.warn(
                    "{}: no link to '{}': {} ({} times)",
                    options.resource(),
                    options.peer(),
                    reason,
                    times);
        }
        guarded(() -> handler.onAttemptFailed(reason));
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) {
            handler.onBug(e);
        }
    }

    private void dropLink(String reason) {
        if (current != null) {
            current.fail(reason);
        }
    }

    private void onDown(NettyPeerLink link) {
        Invariant.check(link == current, "INV-13", "only the current link goes down");
        current = null;
        settlement.onLinkDown();
        LOG.info(
                "{}: link to '{}' is down: {}",
                options.resource(),
                options.peer(),
                link.downReason());
        if (!stopped) {
            long intervalNs = options.connectInterval().toNanos();
            scheduleDial(ThreadLocalRandom.current().nextLong(intervalNs / 4 + 1));
        }
    }

    /** What becomes of the connections. */
    private final class Attempts implements PrefaceHandler.Owner {

        @Override
        public PrefaceHandler.StallingFrames becomeLink(PrefaceHandler connection, long id) {
            unsettled.remove(connection);
            if (current != null) {
                // Closed on this side a moment ago, and not told yet.
                current.fail("replaced by a new connection");
            }
            Channel channel = connection.context().channel();
            channel.config()
                    .setWriteBufferWaterMark(
                            new WriteBufferWaterMark(
                                    options.highWaterBytes() / 2, options.highWaterBytes()));
            NettyPeerLink link =
                    new NettyPeerLink(
                            channel,
                            options.peer(),
                            tls.engine(),
                            handler,
                            pool,
                            PeerConnector.this::onDown);
            channel.pipeline().replace(connection, "frames", link.receiver());
            current = link;
            if (connection.dialled()) {
                dialling = false;
            }
            reasons.clear();
            LOG.info(
                    "{}: link to '{}' is up ({} {}, {})",
                    options.resource(),
                    options.peer(),
                    connection.dialled() ? "to" : "from",
                    channel.remoteAddress(),
                    tls.engine().title());
            guarded(() -> handler.onLinkUp(link));
            settlement.onLinkUp(id);
            return link.receiver();
        }

        @Override
        public void attemptEnded(PrefaceHandler connection, @Nullable String reason) {
            unsettled.remove(connection);
            settlement.onGone(connection);
            if (reason == null) {
                LOG.debug("{}: {}", options.resource(), Settlement.SETTLED);
            } else {
                attemptFailed(where(connection) + ": " + reason);
            }
            if (connection.dialled()) {
                dialEnded();
            }
        }

        @Override
        public void bug(Throwable cause) {
            handler.onBug(cause);
        }

        private String where(PrefaceHandler connection) {
            if (connection.dialled()) {
                return to(options.peerAddress().get());
            }
            SocketAddress remote = connection.context().channel().remoteAddress();
            return remote instanceof InetSocketAddress internet
                    ? "from " + internet.getAddress().getHostAddress()
                    : "from " + remote;
        }
    }
}
