package dev.rhizome.transport.peer;

import dev.rhizome.transport.Channels;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.IoEventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens on all of a node's addresses. One of them is enough to begin; one that is not there yet,
 * because its network is down, is tried again. Belongs to the event loop.
 */
final class PeerListeners {
    private static final Logger LOG = LoggerFactory.getLogger(PeerConnector.class);

    private final IoEventLoop loop;
    private final PeerLinkOptions options;
    private final ServerBootstrap bootstrap;
    private final CompletableFuture<List<InetSocketAddress>> started;
    private final @Nullable Channel[] open;
    private int unanswered;
    private boolean stopped;

    /**
     * @param loop where everything happens
     * @param options where to listen
     * @param bootstrap how
     * @param started told where it listens, or why nowhere
     */
    PeerListeners(
            IoEventLoop loop,
            PeerLinkOptions options,
            ServerBootstrap bootstrap,
            CompletableFuture<List<InetSocketAddress>> started) {
        this.loop = loop;
        this.options = options;
        this.bootstrap = bootstrap;
        this.started = started;
        open = new Channel[options.listen().size()];
    }

    void start() {
        unanswered = open.length;
        for (int path = 0; path < open.length; path++) {
            bind(path, true);
        }
    }

    private void bind(int path, boolean first) {
        ChannelFuture bound = bootstrap.bind(options.listen().get(path));
        bound.addListener(done -> onBound(path, first, bound));
    }

    private void onBound(int path, boolean first, ChannelFuture bound) {
        if (first) {
            unanswered--;
        }
        if (!bound.isSuccess()) {
            if (first) {
                LOG.warn("{}: {}", options.resource(), reason(path, bound.cause()));
            }
            retry(path);
        } else if (stopped) {
            Channels.close(bound.channel());
        } else {
            open[path] = bound.channel();
            if (!first) {
                LOG.info("{}: listening on {} now", options.resource(), text(path));
            }
        }
        if (unanswered == 0 && !started.isDone()) {
            answer(path, bound);
        }
    }

    private void answer(int path, ChannelFuture last) {
        List<InetSocketAddress> addresses = addresses();
        if (addresses.isEmpty() && !stopped) {
            stop();
            started.completeExceptionally(
                    new IOException(reason(path, last.cause()), last.cause()));
        } else {
            started.complete(addresses);
        }
    }

    private void retry(int path) {
        if (!stopped) {
            var unused =
                    loop.schedule(
                            () -> {
                                if (!stopped) {
                                    bind(path, false);
                                }
                            },
                            options.connectInterval().toNanos(),
                            TimeUnit.NANOSECONDS);
        }
    }

    private List<InetSocketAddress> addresses() {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (Channel channel : open) {
            if (channel != null) {
                addresses.add((InetSocketAddress) channel.localAddress());
            }
        }
        return addresses;
    }

    /**
     * Which of the addresses a connection has come to.
     *
     * @return its index; 0 if none says so
     */
    int pathOf(@Nullable InetSocketAddress local) {
        for (int path = 0; path < open.length && local != null; path++) {
            Channel channel = open[path];
            if (channel == null) {
                continue;
            }
            InetSocketAddress own = (InetSocketAddress) channel.localAddress();
            boolean any = own.getAddress().isAnyLocalAddress();
            if (own.getPort() == local.getPort()
                    && (any || own.getAddress().equals(local.getAddress()))) {
                return path;
            }
        }
        return 0;
    }

    void stop() {
        stopped = true;
        for (Channel channel : open) {
            if (channel != null) {
                Channels.close(channel);
            }
        }
    }

    private String reason(int path, Throwable cause) {
        return "cannot listen for the peer on " + text(path) + ": " + cause.getMessage();
    }

    private String text(int path) {
        InetSocketAddress address = options.listen().get(path);
        return address.getHostString() + ":" + address.getPort();
    }
}
