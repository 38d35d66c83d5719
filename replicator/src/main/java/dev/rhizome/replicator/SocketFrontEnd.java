package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.transport.NotifyingPayloadPool;
import dev.rhizome.transport.nbd.NbdListener;
import dev.rhizome.transport.nbd.NbdServer;
import dev.rhizome.transport.nbd.NbdServerOptions;
import dev.rhizome.transport.peer.PeerTls;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The NBD server of a Primary: there from its promotion to its demotion. */
final class SocketFrontEnd {
    /** Slots of the engine that are left to the public API, a device, and the engine itself. */
    private static final int RESERVED_REQUESTS = 512 + DeviceHost.MAX_REQUESTS;

    /** Of a server that is reached by TCP only. */
    private static final Path NO_SOCKET = Path.of("");

    private final LocalVolume.Parts parts;
    private final Shell shell;
    private CompletableFuture<NbdServer> server =
            CompletableFuture.failedFuture(new IllegalStateException("not started"));

    SocketFrontEnd(LocalVolume.Parts parts, Shell shell) {
        this.parts = parts;
        this.shell = shell;
    }

    /** Whether there is to be one. */
    static boolean wanted(VolumeOptions options) {
        return options.nbdSocket() != null || options.nbdAddress() != null;
    }

    /**
     * Starts to serve, on the unix socket, on TCP, or on both.
     *
     * @return completes with an empty text when clients can connect, or with why they cannot
     */
    CompletableFuture<String> start() {
        Path socket = parts.options().nbdSocket();
        NbdServerOptions options = serverOptions(socket == null ? NO_SOCKET : socket);
        server =
                socket == null
                        ? CompletableFuture.completedFuture(
                                NbdServer.withoutSocket(
                                        parts.loop(), options, shell, pool(), listener(shell)))
                        : NbdServer.start(parts.loop(), options, shell, pool(), listener(shell));
        InetSocketAddress address = parts.options().nbdAddress();
        return told(
                address == null
                        ? server
                        : server.thenCompose(each -> each.listen(address, parts.tls().current())));
    }

    private NotifyingPayloadPool pool() {
        return parts.memories().sockets();
    }

    private NbdServerOptions serverOptions(Path socket) {
        NbdServerOptions defaults = NbdServerOptions.of(socket, parts.options().resource());
        return new NbdServerOptions(
                socket,
                defaults.exportName(),
                defaults.description(),
                defaults.maxConnections(),
                defaults.maxRequestsPerConnection(),
                defaults.maxBytesPerConnection(),
                Limits.MAX_CLIENT_REQUESTS - RESERVED_REQUESTS,
                defaults.handshakeTimeout());
    }

    /** An empty text when something has begun, or why it could not, which goes to the journal. */
    private CompletableFuture<String> told(CompletableFuture<?> begun) {
        return begun.handle(
                (started, failure) -> {
                    if (failure == null) {
                        return "";
                    }
                    boolean wrapped = failure instanceof CompletionException;
                    Throwable cause = wrapped ? failure.getCause() : failure;
                    String reason = String.valueOf(cause == null ? failure : cause.getMessage());
                    parts.journal().add("nbd-failed", reason);
                    return reason;
                });
    }

    /** What a server tells the shell. */
    static NbdListener listener(Shell shell) {
        return new NbdListener() {
            @Override
            public void afterBatch() {
                shell.endBatch();
            }

            @Override
            public void onBug(Throwable bug) {
                shell.onBug(bug);
            }
        };
    }

    /** Uses a renewed certificate from now on. */
    void useTls(PeerTls renewed) {
        var unused = server.thenAccept(each -> each.useTls(renewed));
    }

    /** Lets nobody in any more; who is connected is let go when its requests are answered. */
    void stop() {
        var unused = server.thenCompose(NbdServer::close);
    }
}
