package dev.rhizome.daemon.control;

import dev.rhizome.daemon.adjust.Adjuster;
import dev.rhizome.daemon.event.EventHub;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.daemon.watch.Watch;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipalNotFoundException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The control API on its unix socket (mode 0660, group rhizome), with an event loop of its own. */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's: a failed close has nobody left to tell.
public final class ControlServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    /** Who may use the socket. */
    public static final String GROUP = "rhizome";

    private static final int MAX_CONNECTIONS = 32;
    private static final int MAX_SCRAPERS = 8;
    private static final int MAX_BROWSERS = 24;
    private static final String PAGE_OPTION = "status-page";
    private static final int MAX_LINE_BYTES = 2048;
    private static final int MAX_HEADERS_BYTES = 8192;
    private static final int MAX_BODY_BYTES = 16 * 1024;
    private static final int IDLE_SECONDS = 60;
    private static final String SOCKET_MODE = "rw-rw----";
    private static final String DIRECTORY_MODE = "rwxr-xr-x";

    private final Path socket;
    private final EventLoopGroup group;
    private final EventHub hub;
    private final AdjustRoute adjusting;
    private final Watch watch;
    private final Routes routes;
    private final AtomicInteger connections = new AtomicInteger();

    private ControlServer(
            Path socket, Resources resources, MetricsPage metrics, Adjuster adjuster) {
        this.socket = socket;
        hub = new EventHub(resources);
        adjusting = new AdjustRoute(adjuster);
        group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("control"), NioIoHandler.newFactory());
        watch = new Watch(resources, group);
        routes = new Routes(resources, hub, metrics, adjusting, watch);
    }

    /**
     * Starts to serve. A socket that nobody listens on any more is replaced.
     *
     * @param socket where; its directory is made if it is not there
     * @param metrics what it serves to Prometheus
     * @param adjuster brings the daemon to its configuration
     * @throws IOException if that is not possible; the message is one line for a person
     */
    public static ControlServer start(
            Path socket, Resources resources, MetricsPage metrics, Adjuster adjuster)
            throws IOException {
        refuseSecondDaemon(socket);
        ControlServer server = new ControlServer(socket, resources, metrics, adjuster);
        try {
            server.bind();
            return server;
        } catch (IOException | RuntimeException e) {
            server.hub.close();
            server.adjusting.close();
            server.group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            throw new IOException(
                    "cannot make the control socket " + socket + ": " + e.getMessage(), e);
        }
    }

    private void bind() throws IOException {
        Path directory = socket.getParent();
        if (directory != null && !Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString(DIRECTORY_MODE)));
        }
        // Bound under another name and moved when it has its mode: nobody sees it half made.
        Path fresh = socket.resolveSibling(socket.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        new ServerBootstrap()
                .group(group)
                .channel(NioServerDomainSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, MAX_CONNECTIONS)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new Pipeline(connections, MAX_CONNECTIONS, routes::handle))
                .bind(UnixDomainSocketAddress.of(fresh))
                .syncUninterruptibly();
        Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(SOCKET_MODE));
        giveToGroup(fresh);
        Files.move(fresh, socket, StandardCopyOption.ATOMIC_MOVE);
    }

    /** Whoever is in the group may use it; without one only the owner's group, mostly root's. */
    private static void giveToGroup(Path socket) {
        try {
            GroupPrincipal group =
                    socket.getFileSystem()
                            .getUserPrincipalLookupService()
                            .lookupPrincipalByGroupName(GROUP);
            Files.getFileAttributeView(socket, PosixFileAttributeView.class).setGroup(group);
        } catch (UserPrincipalNotFoundException e) {
            LOG.info("there is no group '{}': the control socket is for the owner's group", GROUP);
        } catch (IOException e) {
            LOG.warn(
                    "the control socket is not given to the group '{}': {}", GROUP, e.getMessage());
        }
    }

    /**
     * Serves the metrics over TCP as well, and nothing else.
     *
     * @throws IOException if the address cannot be used; the message is one line for a person
     */
    public void serveMetrics(InetSocketAddress address) throws IOException {
        serve(address, MAX_SCRAPERS, routes::handleStranger, "metrics", "metrics-address");
    }

    /**
     * Serves the status page, and what it shows.
     *
     * @throws IOException if the address cannot be used; the message is one line for a person
     */
    public void servePage(InetSocketAddress address) throws IOException {
        serve(address, MAX_BROWSERS, new StatusPage(watch)::handle, "the status page", PAGE_OPTION);
    }

    private void serve(
            InetSocketAddress address,
            int mostConnections,
            Function<Request, CompletableFuture<Answer>> what,
            String name,
            String option)
            throws IOException {
        ChannelFuture bound =
                new ServerBootstrap()
                        .group(group)
                        .channel(NioServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.AUTO_READ, false)
                        .childHandler(new Pipeline(new AtomicInteger(), mostConnections, what))
                        .bind(address)
                        .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            String why = String.valueOf(bound.cause().getMessage());
            throw new IOException(
                    "cannot serve " + name + " at " + address + ": " + why + "; see " + option);
        }
    }

    private static void refuseSecondDaemon(Path socket) throws IOException {
        if (!Files.exists(socket)) {
            return;
        }
        try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            throw new SecondDaemonException(
                    "a daemon is running already: it answers on " + probe.getRemoteAddress());
        } catch (SecondDaemonException e) {
            throw e;
        } catch (IOException nobodyListens) {
            if (!Files.exists(socket) || !isSocket(socket)) {
                throw new IOException(socket + " is there and is not a socket", nobodyListens);
            }
        }
    }

    private static boolean isSocket(Path path) throws IOException {
        return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class)
                .isOther();
    }

    /** Stops serving and takes the socket away. */
    @Override
    public void close() {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.warn("cannot remove {}: {}", socket, e.getMessage());
        }
        hub.close();
        adjusting.close();
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class SecondDaemonException extends IOException {
        private static final long serialVersionUID = 1L;

        SecondDaemonException(String message) {
            super(message);
        }
    }

    private static final class Pipeline extends ChannelInitializer<Channel> {
        private final AtomicInteger connections;
        private final int mostConnections;
        private final Function<Request, CompletableFuture<Answer>> routes;

        Pipeline(
                AtomicInteger connections,
                int mostConnections,
                Function<Request, CompletableFuture<Answer>> routes) {
            this.connections = connections;
            this.mostConnections = mostConnections;
            this.routes = routes;
        }

        @Override
        protected void initChannel(Channel channel) {
            if (connections.incrementAndGet() > mostConnections) {
                connections.decrementAndGet();
                channel.close();
                return;
            }
            channel.closeFuture().addListener(closed -> connections.decrementAndGet());
            HttpDecoderConfig limits =
                    new HttpDecoderConfig()
                            .setMaxInitialLineLength(MAX_LINE_BYTES)
                            .setMaxHeaderSize(MAX_HEADERS_BYTES);
            channel.pipeline()
                    .addLast(
                            new IdleStateHandler(0, 0, IDLE_SECONDS),
                            new HttpServerCodec(limits),
                            new HttpObjectAggregator(MAX_BODY_BYTES, true),
                            new ControlHandler(routes));
        }
    }
}
