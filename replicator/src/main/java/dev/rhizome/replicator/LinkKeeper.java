package dev.rhizome.replicator;

import dev.rhizome.transport.peer.PeerConnector;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Has the link tried, or not. A connector lives from one start to one stop; the next waits until
 * the one before has let its address go. Belongs to the event loop.
 */
final class LinkKeeper {
    private final EventLoop loop;
    private final Supplier<PeerConnector> connectors;
    private final Consumer<String> attemptFailed;
    private final Duration retryInterval;
    private CompletableFuture<Void> stopped = CompletableFuture.completedFuture(null);
    private @Nullable PeerConnector current;
    private boolean wanted;

    /**
     * @param loop the event loop
     * @param connectors makes a connector
     * @param attemptFailed told why the listening address cannot be used
     * @param retryInterval how long to wait then
     */
    LinkKeeper(
            EventLoop loop,
            Supplier<PeerConnector> connectors,
            Consumer<String> attemptFailed,
            Duration retryInterval) {
        this.loop = loop;
        this.connectors = connectors;
        this.attemptFailed = attemptFailed;
        this.retryInterval = retryInterval;
    }

    void want(boolean wantedNow) {
        wanted = wantedNow;
        PeerConnector running = current;
        if (wanted && running == null) {
            var unused = stopped.thenRunAsync(this::start, loop);
        } else if (!wanted && running != null) {
            current = null;
            stopped = running.stop();
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
                                (address, failure) -> {
                                    if (failure != null) {
                                        retry(connector, failure);
                                    }
                                },
                                loop);
    }

    private void retry(PeerConnector connector, Throwable failure) {
        if (current != connector) {
            return;
        }
        attemptFailed.accept(String.valueOf(failure.getMessage()));
        current = null;
        stopped = connector.stop();
        var unused =
                loop.schedule(() -> want(wanted), retryInterval.toMillis(), TimeUnit.MILLISECONDS);
    }
}
