package dev.rhizome.transport.nbd;

import dev.rhizome.transport.Channels;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How clients of this machine reach the server: by a unix socket. */
final class NbdLocal {
    private static final Logger LOG = LoggerFactory.getLogger(NbdLocal.class);

    private final NbdServer server;
    private final Path socket;
    private @Nullable Channel acceptor;

    NbdLocal(NbdServer server) {
        this.server = server;
        socket = server.options().socket();
    }

    /** Listens; the future gets the server. */
    void listen(CompletableFuture<NbdServer> started) {
        try {
            NbdSocketFile.makeRoom(socket);
        } catch (IOException e) {
            started.completeExceptionally(cannotListen(e));
            return;
        }
        ChannelFuture bound =
                NbdServer.bootstrap(server.loop())
                        .channel(EpollServerDomainSocketChannel.class)
                        .childHandler(new Acceptor())
                        .bind(new DomainSocketAddress(socket.toFile()));
        bound.addListener(done -> onBound(bound, started));
    }

    private void onBound(ChannelFuture bound, CompletableFuture<NbdServer> started) {
        if (!bound.isSuccess()) {
            started.completeExceptionally(cannotListen(bound.cause()));
            return;
        }
        acceptor = bound.channel();
        try {
            NbdSocketFile.restrict(socket);
        } catch (IOException e) {
            Channels.close(bound.channel());
            started.completeExceptionally(cannotListen(e));
            return;
        }
        LOG.info("{}: NBD on {}", server.options().exportName(), socket);
        started.complete(server);
    }

    private IOException cannotListen(Throwable cause) {
        return new IOException("cannot serve NBD on " + socket + ": " + cause.getMessage(), cause);
    }

    private final class Acceptor extends ChannelInitializer<EpollDomainSocketChannel> {
        @Override
        protected void initChannel(EpollDomainSocketChannel channel) {
            server.accept(channel, NbdOrigin.UNIX);
        }
    }

    void close() {
        if (acceptor != null) {
            // This removes the socket's file, too.
            Channels.close(acceptor);
        }
    }
}
