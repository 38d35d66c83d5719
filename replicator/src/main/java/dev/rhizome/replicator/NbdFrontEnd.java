package dev.rhizome.replicator;

import dev.rhizome.core.Limits;
import dev.rhizome.transport.nbd.NbdListener;
import dev.rhizome.transport.nbd.NbdServer;
import dev.rhizome.transport.nbd.NbdServerOptions;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** The NBD server of a Primary: there from its promotion to its demotion. */
final class NbdFrontEnd {
    /** Slots of the engine that are left to the public API, a device, and the engine itself. */
    private static final int RESERVED_REQUESTS = 512 + DeviceHost.MAX_REQUESTS;

    private final LocalVolume.Parts parts;
    private final Shell shell;
    private CompletableFuture<NbdServer> server =
            CompletableFuture.failedFuture(new IllegalStateException("not started"));

    NbdFrontEnd(LocalVolume.Parts parts, Shell shell) {
        this.parts = parts;
        this.shell = shell;
    }

    /**
     * Starts to serve.
     *
     * @return completes with an empty text when clients can connect, or with why they cannot
     */
    CompletableFuture<String> start(Path socket) {
        NbdServerOptions defaults = NbdServerOptions.of(socket, parts.options().resource());
        NbdServerOptions options =
                new NbdServerOptions(
                        socket,
                        defaults.exportName(),
                        defaults.description(),
                        defaults.maxConnections(),
                        defaults.maxRequestsPerConnection(),
                        defaults.maxBytesPerConnection(),
                        Limits.MAX_CLIENT_REQUESTS - RESERVED_REQUESTS,
                        defaults.handshakeTimeout());
        server =
                NbdServer.start(
                        parts.loop(),
                        options,
                        shell,
                        parts.memories().frontEnds(),
                        listener(shell));
        return server.handle(
                (started, failure) -> {
                    if (failure == null) {
                        return "";
                    }
                    String reason = String.valueOf(failure.getMessage());
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

    /** Lets nobody in any more; who is connected is let go when its requests are answered. */
    void stop() {
        var unused = server.thenCompose(NbdServer::close);
    }
}
