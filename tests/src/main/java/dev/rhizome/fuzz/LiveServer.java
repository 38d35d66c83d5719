package dev.rhizome.fuzz;

import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
import dev.rhizome.pki.PkiException;
import dev.rhizome.transport.nbd.NbdCounters;
import dev.rhizome.transport.nbd.NbdListener;
import dev.rhizome.transport.nbd.NbdServer;
import dev.rhizome.transport.nbd.NbdServerOptions;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TlsFiles;
import dev.rhizome.transport.peer.TlsSetupException;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * An NBD server over memory, on a unix socket and on TCP with TLS, on a loop of its own that ends
 * with the process.
 */
final class LiveServer implements NbdListener {
    private static final int SIZE_BYTES = 64 * 1024;
    private static final int PAYLOADS = 4;
    private static final int PAYLOAD_BYTES = 1 << 20;
    private static final int PATIENCE_SECONDS = 30;

    private final IoEventLoop loop;
    private final MemoryPool pool;
    private final MemoryVolume volume;
    private final NbdServer server;
    private final SocketAddress unix;
    private final SocketAddress tcp;
    private volatile String bug = "";

    LiveServer() throws IOException {
        loop =
                new MultiThreadIoEventLoopGroup(
                                1,
                                new DefaultThreadFactory("fuzzed", true),
                                EpollIoHandler.newFactory())
                        .next();
        pool = new MemoryPool(loop, PAYLOADS, PAYLOAD_BYTES);
        volume = new MemoryVolume(loop, SIZE_BYTES);
        Path directory = Files.createTempDirectory("rhizome-fuzz");
        Path socket = directory.resolve("nbd.sock");
        NbdServerOptions options =
                new NbdServerOptions(
                        socket, "r0", "fuzzed", 8, 16, 1 << 20, 8, Duration.ofMinutes(1));
        server = result(NbdServer.start(loop, options, volume, pool, this));
        unix = UnixDomainSocketAddress.of(socket);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        tcp = result(server.listen(any, tls(directory)));
        try (var made = Files.walk(directory)) {
            made.forEach(each -> each.toFile().deleteOnExit());
        }
    }

    private static PeerTls tls(Path directory) throws IOException {
        try {
            CertificateAuthority authority =
                    CertificateAuthority.create(
                            directory, "fuzz", Duration.ofDays(2), Instant.now(), false);
            IssuedCertificate issued = authority.issue("alpha", directory.resolve("node"));
            TlsFiles files =
                    new TlsFiles(
                            CertificateAuthority.certificateFile(directory),
                            issued.certificateFile(),
                            issued.keyFile());
            return PeerTls.load(files, "alpha");
        } catch (PkiException | TlsSetupException e) {
            throw new IOException("no certificates", e);
        }
    }

    private static <T> T result(Future<T> future) throws IOException {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the server does not answer: " + e, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private <T> T onLoop(Callable<T> work) throws IOException {
        return result(loop.submit(work));
    }

    SocketAddress unix() {
        return unix;
    }

    SocketAddress tcp() {
        return tcp;
    }

    long sizeBytes() {
        return SIZE_BYTES;
    }

    void answerLate(boolean late) throws IOException {
        boolean unused =
                onLoop(
                        () -> {
                            volume.answerLate(late);
                            return true;
                        });
    }

    NbdCounters counters() throws IOException {
        return onLoop(server::counters);
    }

    int payloadsInUse() throws IOException {
        return onLoop(pool::inUse);
    }

    void requireNoBug() {
        Target.require(bug.isEmpty(), bug);
    }

    @Override
    public void afterBatch() {
        // Nothing waits for it: the volume has answered.
    }

    @Override
    public void onBug(Throwable cause) {
        bug = "a bug of the server: " + cause;
    }
}
