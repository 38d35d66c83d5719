package dev.rhizome.transport.witness;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.witness.LedgerImage;
import dev.rhizome.core.witness.Verdict;
import dev.rhizome.core.witness.WitnessAnswer;
import dev.rhizome.core.witness.WitnessDesk;
import dev.rhizome.core.witness.WitnessRequest;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.RepeatedReasons;
import dev.rhizome.transport.peer.PeerTls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the nodes: TLS 1.3, both sides by the cluster's authority; the asker is whom the
 * certificate names. Everything happens on the event loop, but for the writing of the state file,
 * which has a thread of its own. {@link #start} and {@link #close} may be called from any thread.
 */
public final class WitnessServer {
    private static final Logger LOG = LoggerFactory.getLogger(WitnessServer.class);
    private static final long CLOSE_NOTIFY_MS = 500;
    private static final int READ_BYTES = 2048;

    private final IoEventLoop loop;
    private final WitnessServerOptions options;
    private PeerTls tls;
    private final WitnessStore store;
    private final WitnessListener listener;
    private final WitnessDesk desk;
    private final TreeMap<Long, WitnessConnection> connections = new TreeMap<>();
    private final RepeatedReasons strangers = new RepeatedReasons();
    private final ExecutorService writer =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "witness-file"));
    private @Nullable Channel acceptor;
    private boolean closing;

    private WitnessServer(
            IoEventLoop loop,
            WitnessServerOptions options,
            PeerTls tls,
            LedgerImage image,
            WitnessStore store,
            WitnessListener listener) {
        this.loop = loop;
        this.options = options;
        this.tls = tls;
        this.store = store;
        this.listener = listener;
        desk = new WitnessDesk(image, new Desk());
    }

    /**
     * Listens.
     *
     * @param loop where everything happens
     * @param tls the witness's certificate and the cluster's authority
     * @param image what is in the state file
     * @param store the state file
     * @param listener who is told of what ends the service
     * @return the server; fails with an {@link IOException} of one line if it cannot listen
     */
    public static CompletableFuture<WitnessServer> start(
            IoEventLoop loop,
            WitnessServerOptions options,
            PeerTls tls,
            LedgerImage image,
            WitnessStore store,
            WitnessListener listener) {
        CompletableFuture<WitnessServer> started = new CompletableFuture<>();
        WitnessServer server = new WitnessServer(loop, options, tls, image, store, listener);
        loop.execute(() -> server.listen(started));
        return started;
    }

    private void listen(CompletableFuture<WitnessServer> started) {
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(loop, loop)
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_BACKLOG, 128)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(
                                ChannelOption.RECVBUF_ALLOCATOR,
                                new FixedRecvByteBufAllocator(READ_BYTES))
                        .childHandler(new Accepted())
                        .bind(options.listen());
        bound.addListener(
                done -> {
                    if (bound.isSuccess()) {
                        acceptor = bound.channel();
                        started.complete(this);
                    } else {
                        writer.shutdown();
                        started.completeExceptionally(
                                new IOException(
                                        "cannot listen on "
                                                + text(options.listen())
                                                + ": "
                                                + bound.cause().getMessage(),
                                        bound.cause()));
                    }
                });
    }

    /**
     * Shows a renewed certificate from now on; whose certificate has been revoked is not answered
     * any more. From any thread.
     */
    public void useTls(PeerTls renewed) {
        loop.execute(
                () -> {
                    tls = renewed;
                    List.copyOf(connections.values()).forEach(WitnessConnection::closeIfRevoked);
                });
    }

    /** Why a certificate is not good any more, by what is known now; empty if it is. */
    String refusal(@Nullable X509Certificate shown) {
        return tls.refusal(shown);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        Channel listening = Invariant.present(acceptor, "witness", "it listens");
        return (InetSocketAddress) listening.localAddress();
    }

    /** The same for a person. */
    public String place() {
        return text(address());
    }

    /**
     * Ends in order: no more connections, no more answers; what is being written is written.
     *
     * @return completes when the state file is not touched any more
     */
    public CompletableFuture<Void> close() {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        loop.execute(
                () -> {
                    if (!closing) {
                        closing = true;
                        closeChannels();
                        writer.execute(() -> closed.complete(null));
                        writer.shutdown();
                    } else {
                        closed.complete(null);
                    }
                });
        return closed;
    }

    private void closeChannels() {
        if (acceptor != null) {
            Channels.close(acceptor);
        }
        List.copyOf(connections.values()).forEach(connection -> connection.close("stopping"));
    }

    private final class Accepted extends ChannelInitializer<EpollSocketChannel> {
        @Override
        protected void initChannel(EpollSocketChannel channel) {
            if (closing || connections.size() >= options.maxConnections()) {
                // No word: a stranger that fills the places gets no work out of us.
                Channels.close(channel);
                turnedAway("too many connections");
                return;
            }
            SslHandler encryption = tls.newServerHandler(channel.alloc());
            encryption.setHandshakeTimeoutMillis(options.tlsTimeout().toMillis());
            encryption.setCloseNotifyFlushTimeoutMillis(CLOSE_NOTIFY_MS);
            long number = desk.accepted();
            WitnessConnection connection =
                    new WitnessConnection(WitnessServer.this, number, encryption);
            connections.put(number, connection);
            channel.pipeline().addLast(encryption, connection);
        }
    }

    WitnessServerOptions options() {
        return options;
    }

    WitnessDesk desk() {
        return desk;
    }

    /** Runs what belongs to the desk; what escapes is a bug. */
    void guarded(Runnable work) {
        try {
            work.run();
        } catch (Throwable e) {
            listener.bug(e);
        }
    }

    void bug(Throwable cause) {
        listener.bug(cause);
    }

    void gone(long number) {
        connections.remove(number);
        guarded(() -> desk.gone(number));
    }

    /** Says why somebody was not served; the same reason is not said all the time. */
    void turnedAway(String reason) {
        int times = strangers.tell(reason, System.nanoTime());
        if (times == 1) {
            LOG.warn("turned away: {}", reason);
        } else if (times > 1) {
            LOG.warn("turned away: {} ({} times)", reason, times);
        }
    }

    private void write(byte[] image) {
        try {
            store.write(image);
        } catch (IOException e) {
            loop.execute(() -> storeFailed(e));
            return;
        } catch (RuntimeException | Error e) {
            listener.bug(e);
            return;
        }
        loop.execute(() -> guarded(desk::written));
    }

    private void storeFailed(IOException reason) {
        guarded(desk::writeFailed);
        closing = true;
        closeChannels();
        writer.shutdown();
        listener.storeFailed(reason);
    }

    private final class Desk implements WitnessDesk.Effects {
        @Override
        public void write(byte[] image) {
            if (!closing) {
                writer.execute(() -> WitnessServer.this.write(image));
            }
        }

        @Override
        public void answer(long number, WitnessAnswer answer) {
            WitnessConnection connection = connections.get(number);
            if (connection != null) {
                connection.answer(answer);
            }
        }

        @Override
        public void decided(String node, WitnessRequest request, WitnessAnswer answer) {
            log(node, request, answer);
        }
    }

    private static void log(String node, WitnessRequest request, WitnessAnswer answer) {
        String what =
                request.kind() == WitnessRequest.Kind.GRANT
                        ? "generation "
                                + HexFormat.of().withUpperCase().toHexDigits(request.generation())
                        : "release";
        String holder = answer.holder().isEmpty() ? "" : " by '" + answer.holder() + "'";
        if (answer.verdict() == Verdict.HELD || answer.verdict() == Verdict.REFUSED) {
            LOG.warn(
                    "{} '{}': {} refused: {}{} ({})",
                    request.resource(),
                    node,
                    what,
                    answer.rule(),
                    holder,
                    answer.reason());
        } else {
            LOG.info(
                    "{} '{}': {}: {} ({})",
                    request.resource(),
                    node,
                    what,
                    answer.rule(),
                    answer.reason());
        }
    }

    static String text(@Nullable InetSocketAddress address) {
        if (address == null) {
            return "nowhere";
        }
        String host = address.getHostString();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
