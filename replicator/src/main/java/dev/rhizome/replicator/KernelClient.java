package dev.rhizome.replicator;

import dev.rhizome.device.nbd.NbdSockets;
import dev.rhizome.transport.nbd.NbdAdopted;
import dev.rhizome.transport.nbd.NbdListener;
import dev.rhizome.transport.nbd.NbdServer;
import dev.rhizome.transport.nbd.NbdServerOptions;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The NBD server that the kernel's own client talks to: made for the first connection. */
final class KernelClient implements NbdSockets {
    private final LocalVolume.Parts parts;
    private final Shell shell;
    private final int maxRequests;
    private @Nullable NbdServer server;

    KernelClient(LocalVolume.Parts parts, Shell shell, int maxRequests) {
        this.parts = parts;
        this.shell = shell;
        this.maxRequests = maxRequests;
    }

    private NbdServer server() {
        NbdServer made = server;
        if (made == null) {
            NbdListener listener = SocketFrontEnd.listener(shell);
            made =
                    NbdServer.withoutSocket(
                            parts.loop(), options(), shell, parts.memories().device(), listener);
            server = made;
        }
        return made;
    }

    private NbdServerOptions options() {
        NbdServerOptions defaults =
                NbdServerOptions.of(Path.of("none"), parts.options().resource());
        return new NbdServerOptions(
                defaults.socket(),
                defaults.exportName(),
                defaults.description(),
                1,
                maxRequests,
                defaults.maxBytesPerConnection(),
                maxRequests,
                defaults.handshakeTimeout());
    }

    @Override
    public int transmissionFlags() {
        return server().export().flags();
    }

    @Override
    public Connection adopt(int descriptor, Runnable whenClosed) {
        NbdAdopted adopted = server().adopt(descriptor);
        var unused = adopted.ended().thenRun(() -> shell.guarded(whenClosed));
        return adopted::drop;
    }
}
