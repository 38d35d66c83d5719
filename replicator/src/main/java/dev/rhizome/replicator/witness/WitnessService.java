package dev.rhizome.replicator.witness;

import dev.rhizome.replicator.CertificateWatch;
import dev.rhizome.transport.peer.LiveTls;
import dev.rhizome.transport.peer.LiveTls.Look;
import dev.rhizome.transport.peer.TlsSetupException;
import dev.rhizome.transport.witness.WitnessListener;
import dev.rhizome.transport.witness.WitnessServer;
import dev.rhizome.transport.witness.WitnessServerOptions;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running witness: its state file and its server. */
public final class WitnessService implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WitnessService.class);
    private static final long END_LIMIT_SECONDS = 10;

    private final EventLoopGroup group;
    private final WitnessFile file;
    private final WitnessServer server;
    private final CertificateWatch watch;
    private final CompletableFuture<Void> ended;
    private boolean closed;

    private WitnessService(
            EventLoopGroup group,
            WitnessFile file,
            WitnessServer server,
            CertificateWatch watch,
            CompletableFuture<Void> ended) {
        this.group = group;
        this.file = file;
        this.server = server;
        this.watch = watch;
        this.ended = ended;
    }

    /**
     * Opens the state file and serves.
     *
     * @throws WitnessException if that is not possible
     */
    public static WitnessService start(WitnessServiceOptions options) throws WitnessException {
        LiveTls tls = loadTls(options);
        WitnessFile file = WitnessFile.open(options.state());
        MultiThreadIoEventLoopGroup group = newGroup();
        CompletableFuture<Void> ended = new CompletableFuture<>();
        try {
            WitnessServer server =
                    WitnessServer.start(
                                    group.next(),
                                    WitnessServerOptions.on(options.listen()),
                                    tls.current(),
                                    file.image(),
                                    file,
                                    new Ends(ended))
                            .get();
            LOG.info(
                    "{} holdings in {}; certificate valid until {} ({})",
                    file.image().holdings().size(),
                    options.state(),
                    tls.current().validUntil(),
                    tls.current().engine().title());
            List<String> told = new ArrayList<>();
            CertificateWatch watch = CertificateWatch.begin(() -> look(tls, server, told));
            return new WitnessService(group, file, server, watch, ended);
        } catch (ExecutionException e) {
            abandon(group, file);
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new WitnessException(String.valueOf(cause.getMessage()), cause);
        } catch (InterruptedException e) {
            abandon(group, file);
            Thread.currentThread().interrupt();
            throw new WitnessException("interrupted", e);
        }
    }

    static MultiThreadIoEventLoopGroup newGroup() {
        return new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("witness"), EpollIoHandler.newFactory());
    }

    private static LiveTls loadTls(WitnessServiceOptions options) throws WitnessException {
        try {
            return LiveTls.load(options.certificates().forTls(), options.name());
        } catch (TlsSetupException e) {
            throw new WitnessException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Whatever has changed counts for connections that come from now on. */
    private static void look(LiveTls tls, WitnessServer server, List<String> told) {
        Look look = tls.look(false);
        if (look.changed()) {
            LOG.info("for new connections: {}", look.news());
            server.useTls(tls.current());
        }
        if (!look.problem().isEmpty()) {
            LOG.warn("{}", look.problem());
        }
        List<String> warnings = tls.current().warnings(null);
        warnings.stream()
                .filter(each -> !told.contains(each))
                .forEach(warning -> LOG.warn("{}", warning));
        told.clear();
        told.addAll(warnings);
    }

    /** What ends the service from within. */
    private record Ends(CompletableFuture<Void> ended) implements WitnessListener {
        @Override
        public void storeFailed(IOException reason) {
            ended.completeExceptionally(
                    new WitnessException(
                            reason.getMessage()
                                    + "; nobody is answered any more: mend that, and start the"
                                    + " witness again",
                            reason));
        }

        @Override
        public void bug(Throwable cause) {
            // Our own state may be wrong: the process's outermost handler halts.
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, cause);
        }
    }

    /** Where it serves. */
    public InetSocketAddress address() {
        return server.address();
    }

    /** The same for a person. */
    public String place() {
        return server.place();
    }

    /**
     * Waits until {@link #close} is done, or until it cannot go on.
     *
     * @throws WitnessException why it cannot
     */
    public void await() throws WitnessException, InterruptedException {
        try {
            ended.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof WitnessException reason
                    ? reason
                    : new WitnessException(String.valueOf(e.getCause()), e);
        }
    }

    /** Ends in order; what is being written is written. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        watch.close();
        try {
            server.close().get(END_LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException e) {
            LOG.warn("the state file is still being written: {}", String.valueOf(e));
        } finally {
            abandon(group, file);
            ended.complete(null);
        }
    }

    private static void abandon(EventLoopGroup group, WitnessFile file) {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        file.close();
    }
}
