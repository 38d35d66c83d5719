package dev.rhizome.daemon.config;

import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.Compression;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.verify.CheckOptions;
import dev.rhizome.daemon.config.ClusterConfiguration.NodeSettings;
import dev.rhizome.daemon.config.ClusterConfiguration.ReplicaSettings;
import dev.rhizome.daemon.config.ClusterConfiguration.ResourceSettings;
import dev.rhizome.daemon.config.ClusterConfiguration.WitnessSettings;
import dev.rhizome.daemon.config.Option.Section;
import dev.rhizome.replicator.AttachMode;
import dev.rhizome.replicator.VolumeOptions.CertificateFiles;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the configuration; every fault is found in one pass. */
public final class ConfigurationReader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

    private final Path file;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, Setting> settings = new LinkedHashMap<>();

    private ConfigurationReader(Path file) {
        this.file = file;
    }

    /**
     * Reads and checks.
     *
     * @throws ConfigurationException with everything that is wrong
     */
    public static ClusterConfiguration read(Path file) throws ConfigurationException {
        return new ConfigurationReader(file).read();
    }

    private ClusterConfiguration read() throws ConfigurationException {
        SectionReader root =
                new SectionReader(
                        file.toString(),
                        ConfigurationFiles.read(file, findings),
                        findings,
                        settings);
        root.allowOnly(List.of("nodes", "resources", WitnessReader.SECTION));
        Map<String, NodeSettings> nodes = nodes(root.child("nodes"));
        Optional<WitnessSettings> witness = WitnessReader.read(root, nodes.keySet());
        // A witness of several clusters need not know their nodes.
        if (nodes.isEmpty() && witness.isEmpty() && findings.isEmpty()) {
            root.here("there are no nodes: write nodes { NAME {}, NAME {} }");
        }
        Map<String, ResourceSettings> resources =
                resources(root.child("resources"), nodes, root.has(WitnessReader.SECTION));
        if (!findings.isEmpty()) {
            throw new ConfigurationException(findings);
        }
        return new ClusterConfiguration(
                file,
                Collections.unmodifiableMap(nodes),
                Collections.unmodifiableMap(resources),
                witness,
                Collections.unmodifiableMap(settings));
    }

    private Map<String, NodeSettings> nodes(SectionReader section) {
        Map<String, NodeSettings> nodes = new LinkedHashMap<>();
        for (String name : section.keys()) {
            SectionReader node = section.child(name);
            checkName(node, "node", name);
            List<String> known = new ArrayList<>(Options.keys(Section.NODE));
            known.add("pki");
            node.allowOnly(known);
            SectionReader pki = node.child("pki");
            pki.allowOnly(Options.keys(Section.PKI));
            Map<String, String> names = Map.of("NODE", name);
            Path socket = node.value(Options.CONTROL_SOCKET, names);
            Optional<InetSocketAddress> metrics = node.value(Options.METRICS_ADDRESS, names);
            Optional<InetSocketAddress> page = node.value(Options.STATUS_PAGE, names);
            Path devices = node.value(Options.DEVICE_DIRECTORY, names);
            Boolean lockMemory = node.value(Options.LOCK_MEMORY, names);
            CertificateFiles certificates = CertificateReader.node(pki, names);
            if (socket != null
                    && metrics != null
                    && page != null
                    && devices != null
                    && lockMemory != null
                    && certificates != null) {
                nodes.put(
                        name,
                        new NodeSettings(
                                name, socket, metrics, page, devices, lockMemory, certificates));
            }
        }
        return nodes;
    }

    private Map<String, ResourceSettings> resources(
            SectionReader section, Map<String, NodeSettings> nodes, boolean witness) {
        Map<String, ResourceSettings> resources = new LinkedHashMap<>();
        Conflicts conflicts = new Conflicts();
        for (String name : section.keys()) {
            SectionReader resource = section.child(name);
            checkName(resource, "resource", name);
            List<String> known = new ArrayList<>(Options.keys(Section.RESOURCE));
            known.addAll(List.of("on", "net", "disk", "handlers"));
            resource.allowOnly(known);
            Map<String, ReplicaSettings> replicas =
                    replicas(name, resource.child("on"), nodes, conflicts);
            ResourceSettings settings = settings(name, resource, replicas, witness);
            if (settings != null) {
                resources.put(name, settings);
            }
        }
        return resources;
    }

    private static @Nullable ResourceSettings settings(
            String name,
            SectionReader resource,
            Map<String, ReplicaSettings> replicas,
            boolean witness) {
        AttachMode attach = resource.value(Options.ATTACH, Map.of());
        SectionReader net = resource.child("net");
        net.allowOnly(Options.keys(Section.NET));
        SectionReader disk = resource.child("disk");
        disk.allowOnly(Options.keys(Section.DISK));
        Duration ping = net.value(Options.PING_TIMEOUT, Map.of());
        Duration connect = net.value(Options.CONNECT_INTERVAL, Map.of());
        Duration request = net.value(Options.REQUEST_TIMEOUT, Map.of());
        Compression compression = net.value(Options.COMPRESSION, Map.of());
        ConflictPolicies policies = policies(net);
        Integer extents = disk.value(Options.AL_EXTENTS, Map.of());
        Duration coolAfter = disk.value(Options.AL_COOL_AFTER, Map.of());
        DiskPolicy diskPolicy = diskPolicy(disk);
        Map<Handler, Path> handlers = handlers(resource.child("handlers"));
        Duration handlerTimeout =
                resource.child("handlers").value(Options.HANDLER_TIMEOUT, Map.of());
        FencingSettings fencing =
                handlers == null ? null : FencingReader.read(net, disk, handlers, witness);
        Boolean checksums = net.value(Options.CSUMS_ALG, Map.of());
        Long verifyRate = disk.value(Options.VERIFY_RATE, Map.of());
        PaceSettings pace = pace(disk);
        Optional<Path> keepDiscarded = disk.value(Options.KEEP_DISCARDED, Map.of());
        Boolean directIo = disk.value(Options.DIRECT_IO, Map.of());
        Boolean ioUring = disk.value(Options.IO_URING, Map.of());
        if (attach == null
                || ping == null
                || connect == null
                || request == null
                || compression == null
                || policies == null
                || extents == null
                || coolAfter == null
                || diskPolicy == null
                || handlers == null
                || handlerTimeout == null
                || fencing == null
                || checksums == null
                || verifyRate == null
                || pace == null
                || keepDiscarded == null
                || directIo == null
                || ioUring == null) {
            return null;
        }
        if (request.compareTo(ping) < 0) {
            String key = Options.REQUEST_TIMEOUT.key();
            net.at(
                    net.has(key) ? key : Options.PING_TIMEOUT.key(),
                    net.path()
                            + "."
                            + key
                            + " must not be shorter than "
                            + Options.PING_TIMEOUT.key());
        }
        CheckOptions checks = new CheckOptions(checksums, verifyRate);
        return new ResourceSettings(
                name,
                replicas,
                attach,
                ping,
                connect,
                request,
                compression,
                policies,
                extents,
                coolAfter,
                diskPolicy,
                handlers,
                handlerTimeout,
                fencing,
                checks,
                pace,
                keepDiscarded,
                directIo,
                ioUring);
    }

    private static @Nullable DiskPolicy diskPolicy(SectionReader disk) {
        OnIoError onIoError = disk.value(Options.ON_IO_ERROR, Map.of());
        Duration timeout = disk.value(Options.DISK_TIMEOUT, Map.of());
        return onIoError == null || timeout == null
                ? null
                : new DiskPolicy(onIoError, timeout.toNanos());
    }

    private static @Nullable Map<Handler, Path> handlers(SectionReader section) {
        section.allowOnly(Options.keys(Section.HANDLERS));
        Map<Handler, Path> handlers = new EnumMap<>(Handler.class);
        for (Handler handler : Handler.values()) {
            Option<Optional<Path>> option = HandlerOptions.ALL.get(handler);
            Optional<Path> program =
                    option == null ? Optional.empty() : section.value(option, Map.of());
            if (program == null) {
                return null;
            }
            program.ifPresent(path -> handlers.put(handler, path));
        }
        return Collections.unmodifiableMap(handlers);
    }

    private static @Nullable PaceSettings pace(SectionReader disk) {
        Long least = disk.value(Options.C_MIN_RATE, Map.of());
        Long most = disk.value(Options.C_MAX_RATE, Map.of());
        Integer percent = disk.value(Options.C_LATENCY_PERCENT, Map.of());
        Duration goal = disk.value(Options.C_LATENCY_GOAL, Map.of());
        if (least == null || most == null || percent == null || goal == null) {
            return null;
        }
        if (most != 0 && most < least) {
            String key = Options.C_MAX_RATE.key();
            disk.at(
                    key,
                    disk.path()
                            + "."
                            + key
                            + " must not be less than "
                            + Options.C_MIN_RATE.key()
                            + ", but for 0");
            return null;
        }
        return new PaceSettings(least, most, percent, goal.toNanos());
    }

    private static @Nullable ConflictPolicies policies(SectionReader net) {
        AfterSplitBrain0Pri none = net.value(Options.AFTER_SB_0PRI, Map.of());
        AfterSplitBrain1Pri one = net.value(Options.AFTER_SB_1PRI, Map.of());
        AfterSplitBrain2Pri two = net.value(Options.AFTER_SB_2PRI, Map.of());
        RoleConflict role = net.value(Options.RR_CONFLICT, Map.of());
        return none == null || one == null || two == null || role == null
                ? null
                : new ConflictPolicies(none, one, two, role);
    }

    private Map<String, ReplicaSettings> replicas(
            String resource,
            SectionReader section,
            Map<String, NodeSettings> nodes,
            Conflicts conflicts) {
        List<String> names = section.keys();
        if (names.size() != 2) {
            section.here(section.path() + " must name exactly two nodes, not " + names.size());
        }
        Map<String, ReplicaSettings> replicas = new LinkedHashMap<>();
        for (String node : names) {
            if (!nodes.containsKey(node) && !nodes.isEmpty()) {
                section.at(
                        node,
                        "no node \""
                                + node
                                + "\" in nodes, but in "
                                + section.path()
                                + "; "
                                + NearestName.hint(node, nodes.keySet()));
            }
            SectionReader replica = section.child(node);
            replica.allowOnly(Options.keys(Section.REPLICA));
            Map<String, String> placeholders = Map.of("NODE", node, "RESOURCE", resource);
            Path disk = replica.value(Options.BACKING_DISK, placeholders);
            Optional<Path> metaDisk = replica.value(Options.META_DISK, placeholders);
            List<InetSocketAddress> addresses = replica.value(Options.ADDRESS, placeholders);
            Optional<Path> nbd = replica.value(Options.NBD_SOCKET, placeholders);
            Optional<InetSocketAddress> remote = replica.value(Options.NBD_ADDRESS, placeholders);
            if (disk != null
                    && metaDisk != null
                    && addresses != null
                    && nbd != null
                    && remote != null) {
                ReplicaSettings settings =
                        new ReplicaSettings(disk, metaDisk, addresses, nbd, remote);
                conflicts.check(replica, node, settings);
                replicas.put(node, settings);
            }
        }
        checkPaths(section, replicas.values());
        return Collections.unmodifiableMap(replicas);
    }

    /** The first address of one node goes with the first of the other, and so on. */
    private static void checkPaths(SectionReader section, Collection<ReplicaSettings> replicas) {
        long counts = replicas.stream().map(each -> each.addresses().size()).distinct().count();
        if (counts > 1) {
            section.here(
                    section.path()
                            + ": one node has one address, the other two; give both as many");
        }
    }

    private static void checkName(SectionReader section, String what, String name) {
        if (!NAME.matcher(name).matches()) {
            section.here(
                    "the "
                            + what
                            + " name \""
                            + name
                            + "\" is not usable: 1 to 63 letters, digits, dots, hyphens or"
                            + " underscores, starting with a letter or digit");
        }
    }

    /** What two replicas cannot share. */
    private static final class Conflicts {
        private final Map<String, String> users = new LinkedHashMap<>();

        void check(SectionReader replica, String node, ReplicaSettings settings) {
            claim(replica, Options.BACKING_DISK.key(), node + " " + settings.disk());
            Optional<Path> metaDisk = settings.metaDisk();
            if (metaDisk.isPresent()) {
                claim(replica, Options.META_DISK.key(), node + " " + metaDisk.get());
            }
            // An address is unique in the whole cluster.
            for (InetSocketAddress address : settings.addresses()) {
                claim(replica, Options.ADDRESS.key(), "address " + address);
            }
            Optional<Path> nbd = settings.nbdSocket();
            if (nbd.isPresent()) {
                claim(replica, Options.NBD_SOCKET.key(), node + " " + nbd.get());
            }
            Optional<InetSocketAddress> remote = settings.nbdAddress();
            if (remote.isPresent()) {
                claim(replica, Options.NBD_ADDRESS.key(), "address " + remote.get());
            }
        }

        private void claim(SectionReader replica, String key, String claimed) {
            String path = replica.path() + "." + key;
            String user = users.putIfAbsent(claimed, path);
            if (user != null) {
                replica.at(key, path + " is the same as " + user + "; give each its own");
            }
        }
    }
}
