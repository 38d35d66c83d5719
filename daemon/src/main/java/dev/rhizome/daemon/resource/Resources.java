package dev.rhizome.daemon.resource;

import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.ResourceSettings;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.VolumeOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The resources of this node, in the order of the configuration. */
public final class Resources implements AutoCloseable {
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
     * Brings all up; one that cannot stays down and does not keep the others from it.
     *
     * @return how many are up
     */
    public int upAll() {
        List<CompletableFuture<CommandResult>> results = new ArrayList<>();
        for (ManagedResource resource : byName.values()) {
            results.add(resource.up());
        }
        return (int) results.stream().filter(result -> result.join().accepted()).count();
    }

    /** Closes all, the last one first; a failure does not keep the others from it. */
    @Override
    public void close() {
        List<ManagedResource> reversed = new ArrayList<>(byName.values());
        Collections.reverse(reversed);
        RuntimeException failure = null;
        for (ManagedResource resource : reversed) {
            try {
                resource.close();
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}
