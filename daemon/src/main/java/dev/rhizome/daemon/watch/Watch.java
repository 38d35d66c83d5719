package dev.rhizome.daemon.watch;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.replicator.DeviceStatus;
import dev.rhizome.replicator.OutOfSyncMap;
import dev.rhizome.replicator.VolumeEvent;
import dev.rhizome.replicator.VolumeStatus;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * All that a screen shows of a node, as a tree for JSON: its words, numbers and colours are decided
 * here, so that terminal and page say the same.
 */
public final class Watch {
    private static final int MAP_CELLS = 256;
    private static final long MAP_LIMIT_MS = 1000;
    private static final int EVENTS = 6;

    /** What limits a resync changes often, and the progress tells it. */
    private static final String SEEN_ANYWAY = "sync-limit";

    private final Resources resources;
    private final Executor executor;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Map<String, History> histories = new LinkedHashMap<>();

    /**
     * Begins without a past.
     *
     * @param executor where trees are made: not on a resource's event loop
     */
    public Watch(Resources resources, Executor executor) {
        this(resources, executor, Clock.systemUTC(), System::nanoTime);
    }

    Watch(Resources resources, Executor executor, Clock clock, LongSupplier nanoTime) {
        this.resources = resources;
        this.executor = executor;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** Where a resource is out of sync, in bytes; a map that does not come in time is not known. */
    public CompletableFuture<Map<String, Object>> map(ManagedResource resource, int cells) {
        return within(resource.outOfSyncMap(cells)).thenApplyAsync(MapTree::bytes, executor);
    }

    private static CompletableFuture<OutOfSyncMap> within(CompletableFuture<OutOfSyncMap> map) {
        return map.copy()
                .completeOnTimeout(OutOfSyncMap.UNKNOWN, MAP_LIMIT_MS, TimeUnit.MILLISECONDS);
    }

    /** What is so now, and what was in the last minute while somebody looked. */
    public CompletableFuture<Map<String, Object>> look() {
        List<CompletableFuture<OutOfSyncMap>> maps = new ArrayList<>();
        List<ManagedResource> all = List.copyOf(resources.all());
        all.forEach(each -> maps.add(within(each.outOfSyncMap(MAP_CELLS))));
        List<ResourceStatus> statuses = all.stream().map(ManagedResource::status).toList();
        return CompletableFuture.allOf(maps.toArray(CompletableFuture[]::new))
                .thenApplyAsync(done -> tree(statuses, maps), executor);
    }

    private synchronized Map<String, Object> tree(
            List<ResourceStatus> statuses, List<CompletableFuture<OutOfSyncMap>> maps) {
        List<Object> trees = new ArrayList<>();
        for (int at = 0; at < statuses.size(); at++) {
            trees.add(tree(statuses.get(at), maps.get(at).join()));
        }
        histories.keySet().retainAll(statuses.stream().map(ResourceStatus::name).toList());
        String version = Watch.class.getPackage().getImplementationVersion();
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("node", resources.node());
        tree.put("version", version == null ? "unknown" : version);
        tree.put("time", Instant.now(clock).truncatedTo(ChronoUnit.SECONDS).toString());
        tree.put("resources", trees);
        return tree;
    }

    private Map<String, Object> tree(ResourceStatus resource, OutOfSyncMap map) {
        History history = histories.computeIfAbsent(resource.name(), name -> new History());
        Map<String, Object> tree = new LinkedHashMap<>();
        VolumeStatus status = resource.volume();
        tree.put("name", resource.name());
        tree.put("verdict", Verdict.of(resource).tree());
        if (status == null) {
            history.clear();
            return tree;
        }
        history.look(status, nanoTime.getAsLong());
        tree.put("size", Amount.bytes(status.sizeBytes()));
        tree.put("nodes", List.of(self(status), peer(status)));
        tree.put("link", link(status));
        tree.put("notes", notes(status));
        tree.put("progress", Progress.of(status).stream().map(Progress::tree).toList());
        tree.put("series", Series.shown(status).stream().map(history::tree).toList());
        tree.put("out-of-sync", Amount.bytes(status.outOfSyncBytes()));
        tree.put("map", MapTree.percents(map, status.peer()));
        tree.put("events", events(status.recentEvents()));
        return tree;
    }

    private static Map<String, Object> self(VolumeStatus status) {
        DeviceStatus device = status.device();
        Map<String, Object> tree = node(status.node(), status.role());
        tree.put("disk", state(status.disk().label(), Level.of(status.disk())));
        tree.put("place", device == null ? status.diskPath() : device.link().toString());
        return tree;
    }

    private static Map<String, Object> peer(VolumeStatus status) {
        Map<String, Object> tree = node(status.peer(), status.peerRole());
        tree.put("disk", state(status.peerDisk().label(), Level.of(status.peerDisk())));
        tree.put("place", "");
        return tree;
    }

    private static Map<String, Object> node(String name, Role role) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", name);
        tree.put("role", state(role.label(), Level.of(role)));
        return tree;
    }

    private static Map<String, Object> link(VolumeStatus status) {
        boolean up = status.connection() == ConnectionState.CONNECTED;
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("connection", state(status.connection().label(), Level.of(status.connection())));
        tree.put(
                "replication", state(status.replication().label(), Level.of(status.replication())));
        tree.put("text", up ? status.link().path() : status.connectionReason());
        return tree;
    }

    private static Map<String, Object> state(String text, Level level) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("text", text);
        tree.put("level", level.label());
        return tree;
    }

    private static List<String> notes(VolumeStatus status) {
        List<String> notes = new ArrayList<>(status.certificates().warnings());
        status.optionsThatDiffer().forEach(each -> notes.add("configuration differs: " + each));
        if (!status.resyncSuspended().equals("no") && status.resync() == null) {
            notes.add("resyncs are paused by " + status.resyncSuspended() + ": 'resume-sync'");
        }
        boolean verified = status.comparison().verify() != null;
        if (verified || status.comparison().marked()) {
            addFound(status, notes);
        }
        if (status.counters().failed() > 0) {
            notes.add(status.counters().failed() + " requests of clients have failed");
        }
        return notes;
    }

    private static void addFound(VolumeStatus status, List<String> notes) {
        var verify = status.comparison().verify();
        if (verify != null && !verify.report().running()) {
            notes.add("last verify: " + verify.report().outcome());
        }
        if (status.comparison().marked()) {
            notes.add("a verify has found blocks that differ: 'verify --repair-found' copies them");
        }
    }

    private static List<Object> events(List<VolumeEvent> all) {
        List<Object> trees = new ArrayList<>();
        for (VolumeEvent event : all) {
            if (!event.rule().equals(SEEN_ANYWAY)) {
                trees.add(Map.of("rule", event.rule(), "reason", event.reason()));
            }
        }
        return trees.subList(Math.max(0, trees.size() - EVENTS), trees.size());
    }
}
