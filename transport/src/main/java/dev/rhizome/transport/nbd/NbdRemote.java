package dev.rhizome.transport.nbd;

import dev.rhizome.core.Invariant;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.peer.PeerTls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How clients reach the server by TCP: within TLS, by a certificate of the cluster. */
final class NbdRemote {
    private static final Logger LOG = LoggerFactory.getLogger(NbdRemote.class);
    private static final long CLOSE_NOTIFY_MS = 1000;

    /** A client that has gone without a word gives its place back after about two minutes. */
    private static final int KEEPALIVE_IDLE_S = 60;

    private static final int KEEPALIVE_INTERVAL_S = 15;
    private static final int KEEPALIVE_PROBES = 4;
    private static final int USER_TIMEOUT_MS = 120_000;

    private final NbdServer server;
    private @Nullable PeerTls tls;
    private @Nullable Channel acceptor;
    private boolean begun;

    NbdRemote(NbdServer server) {
        this.server = server;
    }

    void useTls(PeerTls current) {
        tls = current;
        for (NbdConnection connection : server.clients().list()) {
            connection.closeIfRevoked(current);
        }
    }

    /** Why a client's certificate is not good any more, by what is known now; empty if it is. */
    String refusal(@Nullable X509Certificate shown) {
        return tls == null ? "" : tls.refusal(shown);
    }

    /** Listens; the future gets the address, with its port. */
    void listen(InetSocketAddress address, CompletableFuture<InetSocketAddress> listening) {
        if (begun || server.closing()) {
            listening.completeExceptionally(
                    new IOException(
                            begun ? "NBD is served by TCP already" : "the server is being closed"));
            return;
        }
        begun = true;
        ChannelFuture bound =
                NbdServer.bootstrap(server.loop())
                        .channel(EpollServerSocketChannel.class)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        .childOption(EpollChannelOption.TCP_KEEPIDLE, KEEPALIVE_IDLE_S)
                        .childOption(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S)
                        .childOption(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_PROBES)
                        .childOption(EpollChannelOption.TCP_USER_TIMEOUT, USER_TIMEOUT_MS)
                        .childHandler(new Acceptor())
                        .bind(address);
        bound.addListener(done -> onBound(bound, address, listening));
    }

    private void onBound(
            ChannelFuture bound,
            InetSocketAddress address,
            CompletableFuture<InetSocketAddress> listening) {
        if (!bound.isSuccess()) {
            begun = false;
            String why = bound.cause().getMessage();
            listening.completeExceptionally(
                    new IOException("cannot serve NBD on " + text(address) + ": " + why));
            return;
        }
        acceptor = bound.channel();
        if (server.closing()) {
            close();
        }
        InetSocketAddress local = (InetSocketAddress) bound.channel().localAddress();
        LOG.info("{}: NBD with TLS on {}", server.options().exportName(), text(local));
        listening.complete(local);
    }

    private static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private final class Acceptor extends ChannelInitializer<EpollSocketChannel> {
        @Override
        protected void initChannel(EpollSocketChannel channel) {
            InetSocketAddress client = channel.remoteAddress();
            // Null if he has gone already.
            server.accept(channel, NbdOrigin.remote(client == null ? "nowhere" : text(client)));
        }
    }

    /** A handler for a connection that turns to TLS. */
    SslHandler encryption(ByteBufAllocator allocator) {
        PeerTls current = Invariant.present(tls, "INV-16", "who listens by TCP has a certificate");
        SslHandler encryption = current.newServerHandler(allocator);
        // The connection has its own deadline; OutboundBatch makes the records.
        encryption.setHandshakeTimeoutMillis(0);
        encryption.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MS);
        encryption.setWrapDataSize(0);
        return encryption;
    }

    void close() {
        if (acceptor != null) {
            Channels.close(acceptor);
        }
    }
}
