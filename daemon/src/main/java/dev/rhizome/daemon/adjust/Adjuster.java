package dev.rhizome.daemon.adjust;

import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.adjust.AdjustStep.State;
import dev.rhizome.daemon.config.ChangeRule;
import dev.rhizome.daemon.config.ClusterConfiguration;
import dev.rhizome.daemon.config.ClusterConfiguration.ResourceSettings;
import dev.rhizome.daemon.config.ConfigurationException;
import dev.rhizome.daemon.config.ConfigurationReader;
import dev.rhizome.daemon.config.Setting;
import dev.rhizome.daemon.resource.ManagedResource;
import dev.rhizome.daemon.resource.Resources;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.VolumeOptions;
import dev.rhizome.replicator.VolumeStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings a running daemon to its configuration file with the least disruption: what can be taken
 * over is; a resource is closed and opened only where that is needed, and never on a Primary; what
 * is left is said, and stays a difference for the next time.
 */
public final class Adjuster {
    private static final String ABSENT = "absent";
    private static final String PRESENT = "present";

    private final ClusterConfiguration configuration;
    private final String node;
    private final Resources resources;
    private final Map<String, Setting> daemon;
    private final Map<String, Settings> running = new LinkedHashMap<>();

    /** What a resource runs with; and what it will once it has been opened again. */
    private record Settings(Map<String, Setting> now, Map<String, Setting> next, int opened) {}

    /**
     * Knows what the daemon was started with.
     *
     * @param configuration what was read
     * @param node this node's name
     */
    public Adjuster(ClusterConfiguration configuration, String node, Resources resources) {
        this.configuration = configuration;
        this.node = node;
        this.resources = resources;
        daemon = Running.ofDaemon(configuration, node);
        for (ResourceSettings each : configuration.resourcesOn(node)) {
            Map<String, Setting> settings = Running.ofResource(configuration, node, each.name());
            running.put(each.name(), new Settings(settings, settings, 0));
        }
    }

    /**
     * Compares, and brings what runs to the file. Blocks while resources are closed and opened.
     *
     * @param dryRun only compare
     * @return what differs, and what has become of it
     * @throws ConfigurationException if the file is not good; nothing is changed then
     */
    public synchronized List<AdjustStep> adjust(boolean dryRun) throws ConfigurationException {
        ClusterConfiguration wanted = ConfigurationReader.read(configuration.file());
        wanted.node(node);
        List<AdjustStep> steps = new ArrayList<>();
        Map<String, ResourceSettings> there = new LinkedHashMap<>();
        wanted.resourcesOn(node).forEach(each -> there.put(each.name(), each));
        for (String name : List.copyOf(running.keySet())) {
            ResourceSettings settings = there.remove(name);
            if (settings == null) {
                steps.add(remove(name, dryRun));
            } else {
                steps.addAll(change(wanted, settings, dryRun));
                addCertificates(name, dryRun, steps);
            }
        }
        there.values().forEach(fresh -> steps.add(add(wanted, fresh, dryRun)));
        for (AdjustStep step : differences("", daemon, Running.ofDaemon(wanted, node))) {
            steps.add(dryRun ? step : step.ended(State.LEFT, "start the daemon again"));
        }
        return steps;
    }

    /** Their files may have changed although the configuration has not. */
    private void addCertificates(String name, boolean dryRun, List<AdjustStep> steps) {
        ManagedResource resource = resources.find(name);
        if (dryRun || resource == null || resource.status().volume() == null) {
            return;
        }
        AdjustStep step = AdjustStepRules.certificates(name, resource.refreshCertificates().join());
        if (step != null) {
            steps.add(step);
        }
    }

    private List<AdjustStep> change(
            ClusterConfiguration wanted, ResourceSettings settings, boolean dryRun) {
        String name = settings.name();
        ManagedResource resource = resources.find(name);
        Settings before = settled(name, resource);
        if (resource == null || before == null) {
            return List.of();
        }
        Map<String, Setting> next = Running.ofResource(wanted, node, name);
        List<AdjustStep> steps = differences(name, before.now, next);
        VolumeOptions options = wanted.volumeOptions(node, settings);
        boolean reopens = steps.stream().anyMatch(AdjustStepRules::reopens);
        VolumeStatus open = resource.status().volume();
        boolean primary = open != null && open.role() == Role.PRIMARY;
        if (steps.isEmpty() || dryRun) {
            return planned(steps, primary);
        }
        CommandResult result =
                reopens && !primary
                        ? resource.reopen(options).join()
                        : resource.adjust(options).join();
        Map<String, Setting> now = new LinkedHashMap<>(before.now);
        List<AdjustStep> ended = new ArrayList<>();
        for (AdjustStep step : steps) {
            boolean waits = primary && AdjustStepRules.reopens(step);
            boolean done = result.accepted() && !waits;
            if (done) {
                take(now, next, step.what());
            }
            String reason = waits ? primary(name) : result.reason();
            ended.add(done ? step.ended(State.DONE, "") : step.ended(State.LEFT, reason));
        }
        Map<String, Setting> later = result.accepted() ? next : before.next;
        running.put(name, new Settings(now, later, resource.opened()));
        return ended;
    }

    /** Of a resource that has been opened again meanwhile, what was to come is so now. */
    private @Nullable Settings settled(String name, @Nullable ManagedResource resource) {
        Settings known = running.get(name);
        if (known == null || resource == null || resource.opened() == known.opened) {
            return known;
        }
        return new Settings(known.next, known.next, resource.opened());
    }

    private static List<AdjustStep> planned(List<AdjustStep> steps, boolean primary) {
        return steps.stream()
                .map(
                        step ->
                                primary && AdjustStepRules.reopens(step)
                                        ? step.ended(State.PLANNED, primary(step.resource()))
                                        : step)
                .toList();
    }

    private static String primary(String name) {
        return name + " is Primary here: 'rhizome secondary " + name + "' first, then adjust again";
    }

    private static void take(Map<String, Setting> now, Map<String, Setting> next, String path) {
        Setting setting = next.get(path);
        if (setting == null) {
            now.remove(path);
        } else {
            now.put(path, setting);
        }
    }

    private AdjustStep add(ClusterConfiguration wanted, ResourceSettings settings, boolean dryRun) {
        String name = settings.name();
        AdjustStep step = AdjustStepRules.fresh(name, ABSENT, PRESENT);
        if (dryRun) {
            return step;
        }
        ManagedResource resource = resources.add(wanted.volumeOptions(node, settings));
        CommandResult result = resource.up().join();
        Map<String, Setting> now = Running.ofResource(wanted, node, name);
        running.put(name, new Settings(now, now, resource.opened()));
        return result.accepted()
                ? step.ended(State.DONE, "")
                : step.ended(State.LEFT, result.reason());
    }

    private AdjustStep remove(String name, boolean dryRun) {
        AdjustStep step = AdjustStepRules.gone(name, PRESENT, ABSENT);
        ManagedResource resource = resources.find(name);
        VolumeStatus open = resource == null ? null : resource.status().volume();
        if (open != null && open.role() == Role.PRIMARY) {
            return step.ended(dryRun ? State.PLANNED : State.LEFT, primary(name));
        }
        if (dryRun) {
            return step;
        }
        resources.remove(name);
        running.remove(name);
        return step.ended(State.DONE, "");
    }

    private List<AdjustStep> differences(
            String resource, Map<String, Setting> before, Map<String, Setting> now) {
        Set<String> paths = new LinkedHashSet<>(before.keySet());
        paths.addAll(now.keySet());
        List<AdjustStep> steps = new ArrayList<>();
        for (String path : paths) {
            Setting old = before.get(path);
            Setting fresh = now.get(path);
            if (old == null || fresh == null || !old.sameAs(fresh)) {
                Setting either = fresh == null ? old : fresh;
                ChangeRule rule = either == null ? ChangeRule.DOWN_UP : either.rule(node);
                steps.add(
                        new AdjustStep(
                                resource,
                                path,
                                old == null ? ABSENT : old.text(),
                                fresh == null ? ABSENT : fresh.text(),
                                rule.label(),
                                rule.meaning(),
                                State.PLANNED,
                                ""));
            }
        }
        return steps;
    }
}
