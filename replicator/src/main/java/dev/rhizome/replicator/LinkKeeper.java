package dev.rhizome.replicator;

import dev.rhizome.transport.peer.PeerConnector;
import dev.rhizome.transport.peer.PeerTls;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the link tried, or not. A connector lives from one start to one stop; the next waits until
 * the one before has let its address go. Belongs to the event loop.
 */
final class LinkKeeper {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicatedVolume.class);

    private final String resource;
    private final EventLoop loop;
    private final Supplier<PeerConnector> connectors;
    private final Consumer<String> attemptFailed;
    private final Consumer<Throwable> bugs;
    private final Duration retryInterval;
    private CompletableFuture<Void> stopped = CompletableFuture.completedFuture(null);
    private @Nullable PeerConnector current;
    private String refusal = "";
    private boolean wanted;

    /**
     * @param resource for the log
     * @param loop the event loop
     * @param connectors makes a connector
     * @param attemptFailed told why the listening address cannot be used
     * @param bugs told what escapes
     * @param retryInterval how long to wait then
     */
    LinkKeeper(
            String resource,
            EventLoop loop,
            Supplier<PeerConnector> connectors,
            Consumer<String> attemptFailed,
            Consumer<Throwable> bugs,
            Duration retryInterval) {
        this.resource = resource;
        this.loop = loop;
        this.connectors = connectors;
        this.attemptFailed = attemptFailed;
        this.bugs = bugs;
        this.retryInterval = retryInterval;
    }

    void want(boolean wantedNow) {
        wanted = wantedNow;
        PeerConnector running = current;
        if (wanted && running == null) {
            var unused = stopped.thenRunAsync(() -> guarded(this::start), loop);
        } else if (!wanted && running != null) {
            current = null;
            stopped = running.stop();
        }
    }

    /** Uses a renewed certificate from now on; connectors that come later have it anyway. */
    void useTls(PeerTls renewed) {
        PeerConnector running = current;
        if (running != null) {
            running.useTls(renewed);
        }
    }

    private void start() {
        if (!wanted || current != null) {
            return;
        }
        PeerConnector connector = connectors.get();
        current = connector;
        var unused =
                connector
                        .start()
                        .whenCompleteAsync(
                                (address, failure) -> guarded(() -> ended(connector, failure)),
                                loop);
    }

    private void ended(PeerConnector connector, @Nullable Throwable failure) {
        if (current != connector) {
            return;
        }
        if (failure == null) {
            refusal = "";
        } else {
            retry(connector, String.valueOf(failure.getMessage()));
        }
    }

    private void retry(PeerConnector connector, String reason) {
        current = null;
        stopped = connector.stop();
        if (!reason.equals(refusal)) {
            refusal = reason;
            LOG.warn("{}: {}; trying again until it can", resource, reason);
        }
        var unused =
                loop.schedule(
                        () -> guarded(() -> want(wanted)),
                        retryInterval.toMillis(),
                        TimeUnit.MILLISECONDS);
        attemptFailed.accept(reason);
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error bug) {
            bugs.accept(bug);
        }
    }
}
