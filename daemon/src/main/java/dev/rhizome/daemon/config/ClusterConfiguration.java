package dev.rhizome.daemon.config;

import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.policy.Compression;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.verify.CheckOptions;
import dev.rhizome.replicator.AttachMode;
import dev.rhizome.replicator.VolumeOptions;
import dev.rhizome.replicator.VolumeOptions.CertificateFiles;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the file says, checked.
 *
 * @param file where it was read
 * @param nodes by name
 * @param resources by name
 * @param witness the witness, if there is one
 * @param settings every option's value, by its path
 */
public record ClusterConfiguration(
        Path file,
        Map<String, NodeSettings> nodes,
        Map<String, ResourceSettings> resources,
        Optional<WitnessSettings> witness,
        Map<String, Setting> settings) {

    private static final Set<String> WITNESS_OF_BOTH = Set.of("witness.name", "witness.address");

    /**
     * The witness.
     *
     * @param name as in its certificate
     * @param address where it listens
     * @param state its state file
     * @param certificates its certificate and key, and the authority's, on its machine
     */
    public record WitnessSettings(
            String name, InetSocketAddress address, Path state, CertificateFiles certificates) {}

    /**
     * One node.
     *
     * @param name as in its certificate
     * @param controlSocket the control API's unix socket
     * @param metricsAddress where the metrics are served over TCP as well
     * @param statusPage where the status page is served
     * @param deviceDirectory where block devices have their stable names
     * @param lockMemory whether the daemon locks its memory
     * @param certificates the node's certificate and key, and the authority's
     */
    public record NodeSettings(
            String name,
            Path controlSocket,
            Optional<InetSocketAddress> metricsAddress,
            Optional<InetSocketAddress> statusPage,
            Path deviceDirectory,
            boolean lockMemory,
            CertificateFiles certificates) {

        /** The authority's certificate. */
        public Path authority() {
            return certificates.authority();
        }

        /** The node's certificate. */
        public Path certificate() {
            return certificates.certificate();
        }
    }

    /**
     * One node's side of a resource.
     *
     * @param disk the backing device
     * @param metaDisk where the metadata is, if not at the end of the disk
     * @param addresses where the node accepts its peer: one or two
     * @param nbdSocket where it serves NBD while Primary
     * @param nbdAddress where it serves NBD over TCP while Primary
     */
    public record ReplicaSettings(
            Path disk,
            Optional<Path> metaDisk,
            List<InetSocketAddress> addresses,
            Optional<Path> nbdSocket,
            Optional<InetSocketAddress> nbdAddress) {}

    /**
     * One resource.
     *
     * @param name the same on both nodes
     * @param replicas both nodes' sides, by node
     * @param attach how a Primary's volume becomes a block device
     * @param pingTimeout how long the peer may be silent
     * @param connectInterval how long between two attempts to connect
     * @param requestTimeout how long the peer may take for one request
     * @param compression whether volume data is compressed on its way
     * @param policies how conflicts between the nodes are resolved
     * @param activityLogExtents how many extents the activity log keeps active at most
     * @param activityLogCoolAfter how long one stays active without being used
     * @param diskPolicy what is done about a disk that fails
     * @param handlers programs that are called when something happens
     * @param handlerTimeout how long one of them may take
     * @param fencing what is done about a peer that is lost, and when clients wait
     * @param checks how the nodes' data is compared
     * @param pace how a resync shares disks and link with the application
     * @param keepDiscarded where changes are kept before they are discarded, if they are
     * @param directIo whether to use O_DIRECT
     * @param ioUring whether to use io_uring
     */
    public record ResourceSettings(
            String name,
            Map<String, ReplicaSettings> replicas,
            AttachMode attach,
            Duration pingTimeout,
            Duration connectInterval,
            Duration requestTimeout,
            Compression compression,
            ConflictPolicies policies,
            int activityLogExtents,
            Duration activityLogCoolAfter,
            DiskPolicy diskPolicy,
            Map<Handler, Path> handlers,
            Duration handlerTimeout,
            FencingSettings fencing,
            CheckOptions checks,
            PaceSettings pace,
            Optional<Path> keepDiscarded,
            boolean directIo,
            boolean ioUring) {}

    /**
     * One node's settings.
     *
     * @throws ConfigurationException if there is no such node
     */
    public NodeSettings node(String name) throws ConfigurationException {
        NodeSettings node = nodes.get(name);
        if (node == null) {
            throw new ConfigurationException(
                    new Finding(
                            file.toString(),
                            "this node, \""
                                    + name
                                    + "\", is not in nodes ("
                                    + String.join(", ", nodes.keySet())
                                    + "); say which one it is with --node or RHIZOME_NODE"));
        }
        return node;
    }

    /** The resources that have a replica on a node, in the order of the file. */
    public List<ResourceSettings> resourcesOn(String node) {
        return resources.values().stream()
                .filter(resource -> resource.replicas().containsKey(node))
                .toList();
    }

    /**
     * One resource that has a replica on a node.
     *
     * @throws ConfigurationException if there is none
     */
    public ResourceSettings resourceOn(String node, String resource) throws ConfigurationException {
        ResourceSettings settings = resources.get(resource);
        if (settings == null || !settings.replicas().containsKey(node)) {
            List<String> known = resourcesOn(node).stream().map(ResourceSettings::name).toList();
            throw new ConfigurationException(
                    new Finding(
                            file.toString(),
                            "no resource \""
                                    + resource
                                    + "\" on node \""
                                    + node
                                    + "\"; "
                                    + NearestName.hint(resource, known)));
        }
        return settings;
    }

    /** The options to open a node's replica of a resource; both must be in this configuration. */
    public VolumeOptions volumeOptions(String nodeName, ResourceSettings resource) {
        NodeSettings node = present(nodes.get(nodeName), nodeName);
        String peer =
                resource.replicas().keySet().stream()
                        .filter(name -> !name.equals(nodeName))
                        .findFirst()
                        .orElseThrow();
        ReplicaSettings own = present(resource.replicas().get(nodeName), nodeName);
        ReplicaSettings other = present(resource.replicas().get(peer), peer);
        VolumeOptions.Builder options = VolumeOptions.builder(resource.name(), nodeName, peer);
        if (resource.fencing().policy() == FencingPolicy.WITNESS) {
            witness.ifPresent(it -> options.witness(it.address(), it.name()));
        }
        return options.disk(own.disk())
                .metaDisk(own.metaDisk().orElse(null))
                .links(own.addresses(), other.addresses())
                .certificates(node.certificates())
                .nbdSocket(own.nbdSocket().orElse(null))
                .nbdAddress(own.nbdAddress().orElse(null))
                .attach(resource.attach(), node.deviceDirectory())
                .pingTimeout(resource.pingTimeout())
                .connectInterval(resource.connectInterval())
                .requestTimeout(resource.requestTimeout())
                .compression(resource.compression())
                .policies(resource.policies())
                .activityLog(resource.activityLogExtents(), resource.activityLogCoolAfter())
                .diskPolicy(resource.diskPolicy())
                .handlers(resource.handlers())
                .handlerTimeout(resource.handlerTimeout())
                .fencing(resource.fencing())
                .checks(resource.checks())
                .pace(resource.pace())
                .keepDiscarded(resource.keepDiscarded().orElse(null))
                .shared(shared(resource))
                .directIo(resource.directIo())
                .ioUring(resource.ioUring())
                .build();
    }

    /** What both nodes' files should say of a resource, by the path below it. */
    private Map<String, String> shared(ResourceSettings resource) {
        String prefix = "resources." + resource.name() + ".";
        boolean asked = resource.fencing().policy() == FencingPolicy.WITNESS;
        Map<String, String> shared = new LinkedHashMap<>();
        settings.forEach(
                (path, setting) -> {
                    if (path.startsWith(prefix)) {
                        shared.put(path.substring(prefix.length()), setting.oneForm());
                    } else if (asked && WITNESS_OF_BOTH.contains(path)) {
                        shared.put(path, setting.oneForm());
                    }
                });
        return shared;
    }

    private static <T> T present(@org.jspecify.annotations.Nullable T value, String name) {
        if (value == null) {
            throw new IllegalArgumentException("no node " + name);
        }
        return value;
    }
}
