package dev.rhizome.transport.peer;

import dev.rhizome.transport.Channels;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Dials the peer while there is no link: one address at a time, in turn, with waits that grow while
 * nothing comes of it. Belongs to the event loop.
 */
final class PeerDialler {

    /** Who is told. */
    interface Owner {
        /** The TCP connection is there; it is not read yet. */
        void connected(Channel channel);

        /** It did not come about. */
        void failed(String reason);

        /** Something escaped that is not the network's fault. */
        void bug(Throwable cause);
    }

    private final IoEventLoop loop;
    private final PeerLinkOptions options;
    private final Bootstrap bootstrap;
    private final Owner owner;
    private final PeerPaths paths;
    private final Backoff backoff;
    private @Nullable Future<?> next;
    private InetSocketAddress address;
    private int path;
    private boolean busy;
    private boolean linked;
    private boolean stopped;

    /**
     * @param loop where everything happens
     * @param options where the peer is, and how long to wait
     * @param bootstrap how connections are made, but for their end
     * @param random varies the waits
     * @param owner who is told
     */
    PeerDialler(
            IoEventLoop loop,
            PeerLinkOptions options,
            Bootstrap bootstrap,
            RandomGenerator random,
            Owner owner) {
        this.loop = loop;
        this.options = options;
        this.owner = owner;
        this.bootstrap =
                bootstrap
                        .group(loop)
                        .channel(EpollSocketChannel.class)
                        .option(
                                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                                Math.toIntExact(options.connectTimeout().toMillis()))
                        .handler(new Unread());
        List<InetSocketAddress> addresses = options.peerAddresses().get();
        paths = new PeerPaths(addresses.size());
        address = addresses.get(0);
        backoff = new Backoff(options.connectInterval().toNanos(), random);
    }

    /** The pipeline is made when the connection is there, so that its deadline starts then. */
    private static final class Unread extends ChannelInitializer<EpollSocketChannel> {
        @Override
        protected void initChannel(EpollSocketChannel channel) {
            channel.config().setAutoRead(false);
        }
    }

    void dial() {
        next = null;
        if (stopped || linked || busy) {
            return;
        }
        busy = true;
        path = paths.current();
        address = options.peerAddresses().get().get(path);
        if (address.isUnresolved()) {
            owner.failed(target() + ": the name cannot be resolved");
            ended();
            return;
        }
        ChannelFuture connecting = bootstrap.clone().connect(address);
        connecting.addListener(done -> onConnected(connecting));
    }

    private void onConnected(ChannelFuture connecting) {
        if (!connecting.isSuccess()) {
            owner.failed(target() + ": " + TlsReasons.of(connecting.cause()));
            ended();
        } else if (stopped) {
            Channels.close(connecting.channel());
        } else {
            owner.connected(connecting.channel());
        }
    }

    /** What was dialled has come to nothing, or was not needed. */
    void ended() {
        busy = false;
        boolean allFailed = paths.failed();
        schedule(allFailed ? backoff.nextNs() : backoff.momentNs());
    }

    /** A link is up, over what was dialled last or over one that the peer has dialled. */
    void onLinkUp(boolean dialled, int overPath) {
        linked = true;
        paths.up(overPath);
        if (dialled) {
            busy = false;
        }
    }

    /**
     * It is down.
     *
     * @param lasted whether it was up long enough to forget what was before
     */
    void onLinkDown(boolean closedByPeer, boolean lasted) {
        linked = false;
        paths.down(closedByPeer);
        if (lasted) {
            backoff.reset();
        }
        schedule(lasted ? backoff.momentNs() : backoff.nextNs());
    }

    private void schedule(long delayNs) {
        if (!stopped && next == null) {
            next = loop.schedule(this::guardedDial, delayNs, TimeUnit.NANOSECONDS);
        }
    }

    private void guardedDial() {
        try {
            dial();
        } catch (Throwable e) {
            owner.bug(e);
        }
    }

    /** Which of the peer's addresses was dialled last. */
    int path() {
        return path;
    }

    /** Where that is, for a person. */
    String target() {
        return "to " + address.getHostString() + ":" + address.getPort();
    }

    void stop() {
        stopped = true;
        if (next != null) {
            next.cancel(false);
        }
    }
}
