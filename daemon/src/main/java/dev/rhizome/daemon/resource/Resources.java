package dev.rhizome.daemon.resource;

import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.ResourceSettings;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.VolumeOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The resources of this node, in the order of the configuration. */
public final class Resources {
    private static final Logger LOG = LoggerFactory.getLogger(Resources.class);

    private final String node;
    private final VolumeOpener opener;
    private volatile Map<String, ManagedResource> byName;
    private final List<ResourceListener> listeners = new CopyOnWriteArrayList<>();

    /**
     * Knows the resources of a node; none is up yet.
     *
     * @param node one of the configuration's nodes
     * @param opener where volumes come from
     */
    public Resources(ClusterConfiguration configuration, String node, VolumeOpener opener) {
        this.node = node;
        this.opener = opener;
        Map<String, ManagedResource> all = new LinkedHashMap<>();
        for (ResourceSettings settings : configuration.resourcesOn(node)) {
            all.put(
                    settings.name(),
                    new ManagedResource(
                            configuration.volumeOptions(node, settings), opener, listeners));
        }
        byName = Collections.unmodifiableMap(all);
    }

    /** This node's name. */
    public String node() {
        return node;
    }

    /** Knows one more; it is down. */
    public synchronized ManagedResource add(VolumeOptions options) {
        ManagedResource resource = new ManagedResource(options, opener, listeners);
        Map<String, ManagedResource> all = new LinkedHashMap<>(byName);
        all.put(options.resource(), resource);
        byName = Collections.unmodifiableMap(all);
        return resource;
    }

    /** Knows one less; it is closed for good. */
    public synchronized void remove(String name) {
        Map<String, ManagedResource> all = new LinkedHashMap<>(byName);
        ManagedResource resource = all.remove(name);
        byName = Collections.unmodifiableMap(all);
        if (resource != null) {
            resource.close();
        }
    }

    /** Adds a listener to what happens to any of them. */
    public void addListener(ResourceListener listener) {
        listeners.add(listener);
    }

    /** All of them. */
    public Collection<ManagedResource> all() {
        return byName.values();
    }

    /** One, or null if this node has no such resource. */
    public @Nullable ManagedResource find(String name) {
        return byName.get(name);
    }

    /**
     * Brings all up; one that cannot stays down and does not keep the others from it. One that
     * takes longer than the limit, since its disk does not answer, goes on with it by itself.
     *
     * @return how many are up
     */
    public int upAll(Duration limit) {
        long endNs = System.nanoTime() + limit.toNanos();
        Map<String, CompletableFuture<CommandResult>> results = new LinkedHashMap<>();
        byName.forEach((name, resource) -> results.put(name, resource.up()));
        int up = 0;
        for (Map.Entry<String, CompletableFuture<CommandResult>> each : results.entrySet()) {
            try {
                long leftNs = Math.max(0, endNs - System.nanoTime());
                up += each.getValue().get(leftNs, TimeUnit.NANOSECONDS).accepted() ? 1 : 0;
            } catch (TimeoutException e) {
                LOG.warn("{}: its disk does not answer; it is still being opened", each.getKey());
            } catch (ExecutionException e) {
                throw new IllegalStateException(each.getKey() + " was not opened", e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return up;
            }
        }
        return up;
    }

    /**
     * Closes all, the last one first; a failure does not keep the others from it. One that takes
     * its time is not waited for alone: after a share of the limit the next begins, too.
     *
     * @return those that were not closed within the limit, or failed to
     */
    public List<String> close(Duration limit) {
        long endNs = System.nanoTime() + limit.toNanos();
        List<ManagedResource> reversed = new ArrayList<>(byName.values());
        Collections.reverse(reversed);
        Map<String, CompletableFuture<Void>> closing = new LinkedHashMap<>();
        for (int begun = 0; begun < reversed.size(); begun++) {
            ManagedResource resource = reversed.get(begun);
            CompletableFuture<Void> closed = closeAside(resource);
            closing.put(resource.name(), closed);
            long leftNs = Math.max(0, endNs - System.nanoTime());
            await(closed, leftNs / (reversed.size() - begun + 1));
        }
        List<String> left = new ArrayList<>();
        closing.forEach(
                (name, closed) -> {
                    if (!await(closed, Math.max(0, endNs - System.nanoTime()))) {
                        left.add(name);
                    }
                });
        return left;
    }

    private static CompletableFuture<Void> closeAside(ManagedResource resource) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        Runnable task =
                () -> {
                    try {
                        resource.close();
                        closed.complete(null);
                    } catch (RuntimeException | Error e) {
                        LOG.error("{} was not closed in order", resource.name(), e);
                        closed.completeExceptionally(e);
                    }
                };
        Thread thread = new Thread(task, "close-" + resource.name());
        thread.setDaemon(true);
        thread.start();
        return closed;
    }

    private static boolean await(CompletableFuture<Void> closed, long limitNs) {
        try {
            closed.get(limitNs, TimeUnit.NANOSECONDS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("not closed", e);
        }
        return false;
    }
}
