package dev.rhizome.transport.peer;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.policy.Compression;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.transport.RepeatedReasons;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
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

    private static final long UNSENT_BYTES = 128 * 1024;

    private final IoEventLoop loop;
    private final PeerLinkOptions options;
    private final PeerLinkHandler handler;
    private final NotifyingPayloadPool pool;
    private final Settlement settlement;
    private final RepeatedReasons reasons = new RepeatedReasons();
    private final Set<PrefaceHandler> unsettled = new LinkedHashSet<>();
    private final CompletableFuture<List<InetSocketAddress>> started = new CompletableFuture<>();
    private final PayloadCompressor compressor = new PayloadCompressor();
    private final LinkStatistics statistics;
    private final PeerDialler dialler;
    private final PeerListeners listeners;
    private PeerTls tls;
    private boolean startAsked;
    private @Nullable NettyPeerLink current;
    private long upSinceNs;
    private boolean stopped;

    /**
     * @param loop where everything happens
     * @param options who, where, how long
     * @param tls this node's certificate
     * @param pool where the volume data of frames is received
     * @param statistics where it counts, also for the connectors before and after it
     * @param random varies when it dials
     * @param handler who is told
     */
    public PeerConnector(
            IoEventLoop loop,
            PeerLinkOptions options,
            PeerTls tls,
            NotifyingPayloadPool pool,
            LinkStatistics statistics,
            RandomGenerator random,
            PeerLinkHandler handler) {
        this.loop = loop;
        this.options = options;
        this.tls = tls;
        this.pool = pool;
        this.handler = handler;
        this.statistics = statistics;
        dialler = new PeerDialler(loop, options, outgoing(), random, new Dialled());
        listeners = new PeerListeners(loop, options, incoming(), started);
        boolean coordinator = options.node().compareTo(options.peer()) < 0;
        settlement =
                new Settlement(
                        coordinator, this::dropLink, () -> ThreadLocalRandom.current().nextLong());
    }

    /**
     * Listens, and begins to dial.
     *
     * @return where it listens; fails with one line if it cannot anywhere
     */
    public CompletableFuture<List<InetSocketAddress>> start() {
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

    /**
     * Uses a renewed certificate for connections from now on; the link that is up stays, unless the
     * peer's certificate has been revoked.
     */
    public void useTls(PeerTls renewed) {
        loop.execute(
                () -> {
                    tls = renewed;
                    refuseRevoked();
                });
    }

    private void refuseRevoked() {
        List.copyOf(unsettled).forEach(PrefaceHandler::refuseIfRevoked);
        String reason = tls.refusal(statistics.peerCertificate());
        if (!reason.isEmpty()) {
            dropLink(reason);
        }
    }

    private void startOnLoop() {
        if (startAsked || stopped) {
            return;
        }
        startAsked = true;
        listeners.start();
        var unused = started.thenRun(() -> guarded(dialler::dial));
    }

    private ServerBootstrap incoming() {
        return new ServerBootstrap()
                .group(loop, loop)
                .channel(EpollServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 64)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(EpollChannelOption.TCP_USER_TIMEOUT, userTimeoutMs())
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveSizes())
                .childHandler(new Accepted());
    }

    private Bootstrap outgoing() {
        return new Bootstrap()
                .option(ChannelOption.TCP_NODELAY, true)
                .option(EpollChannelOption.TCP_USER_TIMEOUT, userTimeoutMs())
                .option(ChannelOption.RECVBUF_ALLOCATOR, receiveSizes());
    }

    private void stopOnLoop() {
        if (stopped) {
            return;
        }
        stopped = true;
        started.completeExceptionally(new IllegalStateException("the connector was stopped"));
        dialler.stop();
        listeners.stop();
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

    private final class Accepted extends ChannelInitializer<EpollSocketChannel> {
        @Override
        protected void initChannel(EpollSocketChannel channel) {
            if (stopped || inboundUnsettled() >= options.maxUnsettled()) {
                // No word: a stranger that fills the places gets no work out of us.
                Channels.close(channel);
                return;
            }
            prepare(channel, false);
        }
    }

    private final class Dialled implements PeerDialler.Owner {
        @Override
        public void connected(Channel channel) {
            prepare(channel, true);
            channel.config().setAutoRead(true);
        }

        @Override
        public void failed(String reason) {
            attemptFailed(reason);
        }

        @Override
        public void bug(Throwable cause) {
            handler.onBug(cause);
        }
    }

    private void prepare(Channel channel, boolean dialled) {
        PeerTls own = tls;
        SslHandler encryption = own.newHandler(channel.alloc(), dialled);
        // One deadline covers TLS and the preface; OutboundBatch makes the records.
        encryption.setHandshakeTimeoutMillis(0);
        encryption.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MS);
        encryption.setWrapDataSize(0);
        PrefaceHandler preface =
                new PrefaceHandler(options, dialled, own, encryption, settlement, new Attempts());
        unsettled.add(preface);
        channel.pipeline().addLast(encryption, preface);
    }

    private long inboundUnsettled() {
        return unsettled.stream().filter(connection -> !connection.dialled()).count();
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
        statistics.down();
        boolean lasted = System.nanoTime() - upSinceNs >= options.stableAfter().toNanos();
        if (lasted) {
            reasons.clear();
        }
        dialler.onLinkDown(link.closedByPeer(), lasted);
    }

    /** What becomes of the connections. */
    private final class Attempts implements PrefaceHandler.Owner {

        @Override
        public String refusal(@Nullable X509Certificate shown) {
            return tls.refusal(shown);
        }

        @Override
        public PrefaceHandler.StallingFrames becomeLink(PrefaceHandler connection, long id) {
            unsettled.remove(connection);
            if (current != null) {
                // Closed on this side a moment ago, and not told yet.
                current.fail("replaced by a new connection");
            }
            Channel channel = connection.context().channel();
            prepareLink(channel);
            NettyPeerLink link =
                    new NettyPeerLink(
                            channel,
                            options.peer(),
                            tls.engine(),
                            handler,
                            pool,
                            new DataCompression(
                                    compressor,
                                    options.compression(),
                                    connection.peerTakesCompressed(),
                                    statistics),
                            PeerConnector.this::onDown);
            channel.pipeline().replace(connection, "frames", link.receiver());
            current = link;
            upSinceNs = System.nanoTime();
            int path =
                    connection.dialled()
                            ? dialler.path()
                            : listeners.pathOf((InetSocketAddress) channel.localAddress());
            dialler.onLinkUp(connection.dialled(), path);
            statistics.up(
                    pathText(channel, path),
                    connection.ownCertificate(),
                    connection.peerCertificate());
            LOG.info(
                    "{}: link to '{}' is up ({} {}, {})",
                    options.resource(),
                    options.peer(),
                    connection.dialled() ? "to" : "from",
                    statistics.path(),
                    tls.engine().title());
            guarded(() -> handler.onLinkUp(link));
            settlement.onLinkUp(id);
            return link.receiver();
        }

        private void prepareLink(Channel channel) {
            channel.config()
                    .setWriteBufferWaterMark(
                            new WriteBufferWaterMark(
                                    options.highWaterBytes() / 2, options.highWaterBytes()));
            if (options.compression() == Compression.AUTO) {
                // What the link cannot take waits here, where it is seen, not in the kernel.
                channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES);
            }
        }

        private String pathText(Channel channel, int path) {
            String remote = text(channel.remoteAddress());
            int count = options.listen().size();
            return count == 1 ? remote : remote + ", path " + (path + 1) + " of " + count;
        }

        private String text(SocketAddress address) {
            return address instanceof InetSocketAddress internet
                    ? internet.getAddress().getHostAddress() + ":" + internet.getPort()
                    : String.valueOf(address);
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
                dialler.ended();
            }
        }

        @Override
        public void bug(Throwable cause) {
            handler.onBug(cause);
        }

        private String where(PrefaceHandler connection) {
            if (connection.dialled()) {
                return dialler.target();
            }
            SocketAddress remote = connection.context().channel().remoteAddress();
            return remote instanceof InetSocketAddress internet
                    ? "from " + internet.getAddress().getHostAddress()
                    : "from " + remote;
        }
    }
}
