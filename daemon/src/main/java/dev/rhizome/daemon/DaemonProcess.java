package dev.rhizome.daemon;

import dev.rhizome.daemon.adjust.Adjuster;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.NodeSettings;
import dev.rhizome.daemon.control.ControlServer;
import dev.rhizome.daemon.metrics.MetricsPage;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.daemon.resource.VolumeOpener;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running daemon: a node's resources and the control API. */
public final class DaemonProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DaemonProcess.class);

    private final Resources resources;
    private final NodeSettings node;
    private final MetricsPage metrics;
    private final Adjuster adjuster;
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable ControlServer control;
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
        resources = new Resources(configuration, node.name(), opener);
        adjuster = new Adjuster(configuration, node.name(), resources);
        metrics =
                new MetricsPage(
                        node.name(),
                        resources,
                        Map.of("node", node.certificate(), "authority", node.authority()));
    }

    /**
     * Opens the control socket and then, if asked, every resource. One that cannot be opened stays
     * down, says why, and can be brought up later.
     *
     * @param bringUp whether to open the resources
     * @throws IOException if the control socket cannot be made; the message is one line
     */
    public synchronized void start(boolean bringUp) throws IOException {
        if (closed) {
            return;
        }
        ControlServer server =
                ControlServer.start(node.controlSocket(), resources, metrics, adjuster);
        control = server;
        if (node.metricsAddress().isPresent()) {
            server.serveMetrics(node.metricsAddress().get());
        }
        int up = bringUp ? resources.upAll() : 0;
        LOG.info(
                "ready: node {}, {} of {} resources up, control socket {}",
                node.name(),
                up,
                resources.all().size(),
                node.controlSocket());
    }

    /** Waits until {@link #close} is done. */
    public void await() throws InterruptedException {
        ended.await();
    }

    /** Ends in order: the resources, last first, then the control socket. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            resources.close();
        } finally {
            if (control != null) {
                control.close();
                LOG.info("stopped");
            }
            ended.countDown();
        }
    }
}
