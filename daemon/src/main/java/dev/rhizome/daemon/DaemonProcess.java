package dev.rhizome.daemon;

import dev.rhizome.daemon.adjust.Adjuster;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.NodeSettings;
import dev.rhizome.daemon.control.ControlServer;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.daemon.resource.VolumeOpener;
import dev.rhizome.daemon.service.ServiceManager;
import dev.rhizome.daemon.service.Supervision;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running daemon: a node's resources and the control API. */
public final class DaemonProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonProcess.class);

    /**
     * A disk that answers is open within a second; one that does not must not keep the rest
     * waiting.
     */
    public static final Duration OPEN_LIMIT = Duration.ofSeconds(20);

    /** Longer than a volume takes that ends in order late (60 s), and then lets everything go. */
    public static final Duration STOP_LIMIT = Duration.ofSeconds(90);

    private final Resources resources;
    private final VolumeOpener opener;
    private final NodeSettings node;
    private final MetricsPage metrics;
    private final Adjuster adjuster;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable ControlServer control;
    private @Nullable Supervision supervision;
    private boolean closed;

    /**
     * Prepares; nothing is opened yet.
     *
     * @param node one of the configuration's nodes
     * @param opener where volumes come from
     */
    public DaemonProcess(
            ClusterConfiguration configuration, NodeSettings node, VolumeOpener opener) {
        this.node = node;
        this.opener = opener;
        resources = new Resources(configuration, node.name(), opener);
        adjuster = new Adjuster(configuration, node.name(), resources);
        metrics =
                new MetricsPage(
                        node.name(),
                        resources,
                        Map.of("node", node.certificate(), "authority", node.authority()));
    }

    /**
     * Opens the control socket and then, if asked, every resource, and says that it is ready. One
     * that cannot be opened stays down, says why, and can be brought up later.
     *
     * @param bringUp whether to open the resources
     * @param manager who is told
     * @throws IOException if the control socket cannot be made; the message is one line
     */
    public void start(boolean bringUp, ServiceManager manager) throws IOException {
        if (!serve()) {
            return;
        }
        int up = bringUp ? resources.upAll(OPEN_LIMIT) : 0;
        if (up == 0) {
            // The first one may come up after an upgrade has replaced this program's files.
            opener.load();
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            supervision = Supervision.start(manager, resources);
        }
        LOG.info(
                "ready: node {}, {} of {} resources up, control socket {}",
                node.name(),
                up,
                resources.all().size(),
                node.controlSocket());
    }

    /** False if it has been closed meanwhile. */
    private synchronized boolean serve() throws IOException {
        if (closed) {
            return false;
        }
        ControlServer server =
                ControlServer.start(node.controlSocket(), resources, metrics, adjuster);
        control = server;
        if (node.metricsAddress().isPresent()) {
            server.serveMetrics(node.metricsAddress().get());
        }
        if (node.statusPage().isPresent()) {
            server.servePage(node.statusPage().get());
        }
        return true;
    }

    /** Waits until {@link #close} is done. */
    public void await() throws InterruptedException {
        ended.await();
    }

    /**
     * Ends in order: the resources, last first, then the control socket.
     *
     * @throws UncleanStop if a resource has not ended in time; the process is to end all the same
     */
    @Override
    public void close() {
        Supervision told;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            told = supervision;
        }
        try {
            if (told != null) {
                told.stopping();
            }
            List<String> left = resources.close(STOP_LIMIT);
            if (!left.isEmpty()) {
                throw new UncleanStop(
                        String.join(", ", left)
                                + " did not end within "
                                + STOP_LIMIT.toSeconds()
                                + " s: what a disk does not finish is left as after a crash");
            }
        } finally {
            ControlServer server = control;
            if (server != null) {
                server.close();
                LOG.info("stopped");
            }
            if (told != null) {
                told.close();
            }
            ended.countDown();
        }
    }
}
