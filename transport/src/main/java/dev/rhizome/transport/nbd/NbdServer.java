package dev.rhizome.transport.nbd;

import dev.rhizome.core.request.Volume;
import dev.rhizome.transport.Channels;
import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.transport.peer.PeerTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoEventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * Serves one volume by NBD (fixed newstyle, structured replies): on a unix socket, on sockets that
 * it is given, and if asked on TCP with TLS. What it does with each option and command is in
 * docs/nbd.md. Everything happens on the volume's event loop; what may be called from any thread
 * says so.
 */
public final class NbdServer {
    private static final int MIN_READ_BYTES = 1024;
    private static final int FIRST_READ_BYTES = 16 * 1024;
    private static final int MAX_READ_BYTES = 256 * 1024;
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(2 << 20, 4 << 20);

    private final IoEventLoop loop;
    private final NbdServerOptions options;
    private final Volume volume;
    private final NotifyingPayloadPool pool;
    private final NbdListener listener;
    private final NbdPermits permits;
    private final NbdStatistics statistics = new NbdStatistics();
    private final NbdClients clients;
    private final NbdLocal local;
    private final NbdRemote remote = new NbdRemote(this);
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private boolean closing;

    private NbdServer(
            IoEventLoop loop,
            NbdServerOptions options,
            Volume volume,
            NotifyingPayloadPool pool,
            NbdListener listener) {
        this.loop = loop;
        this.options = options;
        this.volume = volume;
        this.pool = pool;
        this.listener = listener;
        permits = new NbdPermits(loop, options.maxRequests());
        clients = new NbdClients(options, statistics);
        local = new NbdLocal(this);
    }

    /**
     * Listens on the unix socket. A stale socket file is replaced; only its owner and group may
     * connect. May be called from any thread.
     *
     * @param loop the volume's event loop
     * @param pool where the data of reads and writes lives; the volume gets payloads of this pool
     * @return the server; fails with an {@link IOException} of one line if it cannot listen
     */
    public static CompletableFuture<NbdServer> start(
            IoEventLoop loop,
            NbdServerOptions options,
            Volume volume,
            NotifyingPayloadPool pool,
            NbdListener listener) {
        CompletableFuture<NbdServer> started = new CompletableFuture<>();
        NbdServer server = new NbdServer(loop, options, volume, pool, listener);
        loop.execute(() -> server.local.listen(started));
        return started;
    }

    /** A server that listens nowhere, for {@link #adopt}. Its options' socket is not used. */
    public static NbdServer withoutSocket(
            IoEventLoop loop,
            NbdServerOptions options,
            Volume volume,
            NotifyingPayloadPool pool,
            NbdListener listener) {
        return new NbdServer(loop, options, volume, pool, listener);
    }

    /** What all listening sockets have in common. */
    static ServerBootstrap bootstrap(IoEventLoop loop) {
        return new ServerBootstrap()
                .group(loop, loop)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers());
    }

    private static AdaptiveRecvByteBufAllocator receiveBuffers() {
        return new AdaptiveRecvByteBufAllocator(MIN_READ_BYTES, FIRST_READ_BYTES, MAX_READ_BYTES);
    }

    /** Lets somebody in, or not. */
    void accept(Channel channel, NbdOrigin origin) {
        if (closing || !clients.hasRoom(origin)) {
            clients.refuse(origin);
            Channels.close(channel);
            return;
        }
        NbdConnection connection = new NbdConnection(this, channel, origin);
        clients.add(connection, origin);
        channel.pipeline().addLast(connection);
    }

    /**
     * Listens on TCP as well, for clients elsewhere: they must turn to TLS 1.3 at once, and show a
     * certificate that the cluster's authority has signed. May be called from any thread, once.
     *
     * @param address with port 0 for any
     * @param tls this node's certificate and the cluster's authority
     * @return the address; fails with an {@link IOException} of one line if it cannot listen
     */
    public CompletableFuture<InetSocketAddress> listen(InetSocketAddress address, PeerTls tls) {
        CompletableFuture<InetSocketAddress> listening = new CompletableFuture<>();
        loop.execute(
                () -> {
                    remote.useTls(tls);
                    remote.listen(address, listening);
                });
        return listening;
    }

    /**
     * Shows a renewed certificate to clients that come from now on; those whose certificates have
     * been revoked are dropped. From any thread.
     */
    public void useTls(PeerTls renewed) {
        loop.execute(() -> remote.useTls(renewed));
    }

    /**
     * Serves a connected unix stream socket, such as one end of a socketpair whose other end the
     * kernel's NBD client has: in transmission from the first byte, with simple replies and without
     * a handshake. It counts as a connection, but is let in whatever the limit is. The other end is
     * to be told what {@link #export} says. May be called from any thread.
     *
     * @param fileDescriptor non-blocking; passes to the server, which closes it, whatever happens
     * @return the connection, whose end says why if it could not be served
     */
    public NbdAdopted adopt(int fileDescriptor) {
        NbdAdopted adopted = new NbdAdopted(loop);
        try {
            loop.execute(() -> adoptOnLoop(fileDescriptor, adopted));
        } catch (RejectedExecutionException e) {
            NbdAdopted.closeDescriptor(fileDescriptor);
            adopted.end("the event loop has ended");
        }
        return adopted;
    }

    private void adoptOnLoop(int fileDescriptor, NbdAdopted adopted) {
        EpollDomainSocketChannel channel;
        try {
            if (closing) {
                throw new IOException("the server is being closed");
            }
            channel = NbdAdopted.channel(fileDescriptor);
        } catch (IOException e) {
            NbdAdopted.closeDescriptor(fileDescriptor);
            adopted.end("cannot serve descriptor " + fileDescriptor + ": " + e.getMessage());
            return;
        }
        NbdOrigin origin = NbdOrigin.adopted(adopted);
        NbdConnection connection = new NbdConnection(this, channel, origin);
        adopted.serveBy(connection);
        clients.add(connection, origin);
        ChannelFuture watched =
                new Bootstrap()
                        .group(loop)
                        .channelFactory(() -> channel)
                        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                        .option(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
                        .handler(connection)
                        .register();
        watched.addListener(
                done -> {
                    if (!done.isSuccess()) {
                        adopted.end("cannot be watched: " + done.cause());
                        onGone(connection);
                    }
                });
    }

    /**
     * What a client that negotiates would be told now; with simple replies, as for {@link #adopt}.
     * May be called wherever the volume may be asked for its size.
     */
    public NbdExport export() {
        return NbdExport.of(volume, false);
    }

    /**
     * Stops: nobody new is let in, new requests are refused, connections close when what they have
     * in flight is answered. May be called from any thread.
     *
     * @return completes when no connection is left and the volume has answered everything
     */
    public CompletableFuture<Void> close() {
        loop.execute(this::closeOnLoop);
        return closed;
    }

    private void closeOnLoop() {
        if (closing) {
            return;
        }
        closing = true;
        local.close();
        remote.close();
        for (NbdConnection connection : clients.list()) {
            connection.closeWhenIdle();
        }
        onAnswered();
    }

    /** Whether new requests are refused. */
    boolean closing() {
        return closing;
    }

    /** Something has ended; it may have been the last thing that {@link #close} waits for. */
    void onAnswered() {
        if (closing && clients.size() == 0 && permits.taken() == 0) {
            closed.complete(null);
        }
    }

    void onGone(NbdConnection connection) {
        clients.remove(connection);
        onAnswered();
    }

    /** What has happened so far. On the event loop. */
    public NbdCounters counters() {
        return statistics.snapshot(clients.size(), permits.taken());
    }

    IoEventLoop loop() {
        return loop;
    }

    NbdServerOptions options() {
        return options;
    }

    Volume volume() {
        return volume;
    }

    NotifyingPayloadPool pool() {
        return pool;
    }

    NbdListener listener() {
        return listener;
    }

    NbdPermits permits() {
        return permits;
    }

    NbdStatistics statistics() {
        return statistics;
    }

    NbdClients clients() {
        return clients;
    }

    NbdRemote remote() {
        return remote;
    }
}
