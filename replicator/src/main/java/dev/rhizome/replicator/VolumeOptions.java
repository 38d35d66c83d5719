package dev.rhizome.replicator;

import dev.rhizome.core.Tuning;
import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.policy.Compression;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.verify.CheckOptions;
import dev.rhizome.transport.peer.TlsFiles;
import dev.rhizome.transport.witness.WitnessAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a replica needs to know. Both nodes say the same of the resource, each from its own side.
 *
 * @param resource the resource's name, the same on both nodes
 * @param node this node's name, as in its certificate
 * @param peer the other node's name, as in its certificate
 * @param disk the backing device: a block device or a file
 * @param metaDisk a block device or file for the metadata alone, while all of the disk is the
 *     volume (external metadata); null if the metadata is at the end of the disk (internal
 *     metadata)
 * @param listen where this node accepts the peer: one address or two
 * @param peerAddresses where the peer accepts this node, as many
 * @param certificates the cluster's CA certificate, this node's certificate and key (PEM)
 * @param nbdSocket where a Primary serves NBD; null for no such server
 * @param nbdAddress where a Primary serves NBD over TCP, to clients that show a certificate of the
 *     cluster's authority; null for no such server
 * @param attach how a Primary's volume becomes a block device
 * @param deviceDirectory where the device's stable name is: a link, named as the resource
 * @param pingTimeout how long the peer may be silent before it is taken for dead
 * @param connectInterval how long to wait between two attempts to reach it
 * @param requestTimeout how long the peer may take for one request before it is taken for dead
 * @param compression whether volume data is compressed on its way to the peer
 * @param policies how conflicts between the nodes are resolved; the same on both
 * @param activityLogExtents how many extents of 4 MiB the activity log keeps active at most
 * @param activityLogCoolAfter how long one stays active without being used
 * @param diskPolicy what is done about a disk that fails
 * @param handlers programs that are called when something happens
 * @param handlerTimeout how long one of them may take before it is ended
 * @param fencing what is done about a peer that is lost, and when clients wait
 * @param witness who is asked whether this node may go on alone; null if nobody is
 * @param checks how the nodes' data is compared
 * @param pace how a resync shares disks and link with the application
 * @param keepDiscarded the directory where changes are kept before they are discarded; null: they
 *     are not
 * @param shared what the configuration says of the resource, by option, as one would write it: a
 *     person hears where the peer's says otherwise
 * @param directIo whether to use O_DIRECT where the backing file system has it
 * @param ioUring whether to use io_uring where the kernel allows it
 */
public record VolumeOptions(
        String resource,
        String node,
        String peer,
        Path disk,
        @Nullable Path metaDisk,
        List<InetSocketAddress> listen,
        List<InetSocketAddress> peerAddresses,
        CertificateFiles certificates,
        @Nullable Path nbdSocket,
        @Nullable InetSocketAddress nbdAddress,
        AttachMode attach,
        Path deviceDirectory,
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
        @Nullable WitnessAddress witness,
        CheckOptions checks,
        PaceSettings pace,
        @Nullable Path keepDiscarded,
        Map<String, String> shared,
        boolean directIo,
        boolean ioUring) {

    /**
     * Where the certificates are, as PEM files.
     *
     * @param authority the cluster's CA certificate
     * @param certificate this node's certificate
     * @param key this node's private key (PKCS#8)
     * @param keyPassphrase the file with the key's passphrase; null if it is not encrypted
     * @param revoked the authority's list of revoked certificates (CRL); null for none. While there
     *     is no such file, nobody is revoked
     */
    public record CertificateFiles(
            Path authority,
            Path certificate,
            Path key,
            @Nullable Path keyPassphrase,
            @Nullable Path revoked) {

        /** With a key that is not encrypted, and no list. */
        public CertificateFiles(Path authority, Path certificate, Path key) {
            this(authority, certificate, key, null, null);
        }

        /** For the transport. */
        public TlsFiles forTls() {
            return new TlsFiles(authority, certificate, key, keyPassphrase, revoked);
        }
    }

    /** Where the data and the metadata are. */
    public MetadataPlace place() {
        return new MetadataPlace(resource, disk, metaDisk);
    }

    /** Starts the options of one replica with the defaults for everything that may be left out. */
    public static Builder builder(String resource, String node, String peer) {
        return new Builder(resource, node, peer);
    }

    /** Collects options. */
    public static final class Builder {
        private final String resource;
        private final String node;
        private final String peer;
        private @Nullable Path disk;
        private @Nullable Path metaDisk;
        private @Nullable List<InetSocketAddress> listen;
        private @Nullable List<InetSocketAddress> peerAddresses;
        private @Nullable CertificateFiles certificates;
        private @Nullable Path nbdSocket;
        private @Nullable InetSocketAddress nbdAddress;
        private AttachMode attach = AttachMode.SOCKET;
        private Path deviceDirectory = Path.of("/dev/rhizome");
        private Duration pingTimeout = Duration.ofMillis(2500);
        private Duration connectInterval = Duration.ofSeconds(1);
        private Duration requestTimeout = Duration.ofSeconds(30);
        private Compression compression = Compression.AUTO;
        private ConflictPolicies policies = ConflictPolicies.DISCONNECT;
        private int activityLogExtents = Tuning.defaults().activityLogExtents();
        private Duration activityLogCoolAfter = Duration.ofNanos(Tuning.defaults().coolAfterNs());
        private DiskPolicy diskPolicy = DiskPolicy.defaults();
        private Map<Handler, Path> handlers = Map.of();
        private Duration handlerTimeout = Duration.ofMinutes(2);
        private FencingSettings fencing = FencingSettings.defaults();
        private @Nullable WitnessAddress witness;
        private CheckOptions checks = CheckOptions.defaults();
        private PaceSettings pace = PaceSettings.defaults();
        private @Nullable Path keepDiscarded;
        private Map<String, String> shared = Map.of();
        private boolean directIo = true;
        private boolean ioUring = true;

        private Builder(String resource, String node, String peer) {
            this.resource = Objects.requireNonNull(resource);
            this.node = Objects.requireNonNull(node);
            this.peer = Objects.requireNonNull(peer);
        }

        /** The backing device. */
        public Builder disk(Path value) {
            disk = value;
            return this;
        }

        /** A device or file for the metadata alone; default null: it is at the end of the disk. */
        public Builder metaDisk(@Nullable Path value) {
            metaDisk = value;
            return this;
        }

        /** Where this node listens and where the peer does. */
        public Builder link(InetSocketAddress ownListen, InetSocketAddress peerListen) {
            return links(List.of(ownListen), List.of(peerListen));
        }

        /** As {@link #link}, over two networks: one takes over when the other fails. */
        public Builder links(
                List<InetSocketAddress> ownListen, List<InetSocketAddress> peerListen) {
            listen = List.copyOf(ownListen);
            peerAddresses = List.copyOf(peerListen);
            return this;
        }

        /** The certificate files. */
        public Builder certificates(Path authority, Path certificate, Path key) {
            return certificates(new CertificateFiles(authority, certificate, key));
        }

        /** The certificate files, with a passphrase or a list of revoked certificates. */
        public Builder certificates(CertificateFiles value) {
            certificates = value;
            return this;
        }

        /** Serve NBD on this unix socket while Primary. */
        public Builder nbdSocket(@Nullable Path value) {
            nbdSocket = value;
            return this;
        }

        /** Serve NBD on this address, with TLS and client certificates, while Primary. */
        public Builder nbdAddress(@Nullable InetSocketAddress value) {
            nbdAddress = value;
            return this;
        }

        /**
         * How a Primary's volume becomes a block device, and where its stable name is; default no
         * device, and /dev/rhizome.
         */
        public Builder attach(AttachMode mode, Path directory) {
            attach = mode;
            deviceDirectory = directory;
            return this;
        }

        /** How long the peer may be silent; default 2.5 s. */
        public Builder pingTimeout(Duration value) {
            pingTimeout = value;
            return this;
        }

        /** How long between two attempts to connect; default 1 s. */
        public Builder connectInterval(Duration value) {
            connectInterval = value;
            return this;
        }

        /** How long the peer may take for one request; default 30 s. */
        public Builder requestTimeout(Duration value) {
            requestTimeout = value;
            return this;
        }

        /** Whether volume data is compressed; default: where it pays. */
        public Builder compression(Compression value) {
            compression = value;
            return this;
        }

        /** How conflicts between the nodes are resolved; default: an operator decides. */
        public Builder policies(ConflictPolicies value) {
            policies = value;
            return this;
        }

        /**
         * How many extents of 4 MiB the activity log keeps active at most, and how long one stays
         * so without being used; default 6433 and 30 s.
         */
        public Builder activityLog(int extents, Duration coolAfter) {
            activityLogExtents = extents;
            activityLogCoolAfter = coolAfter;
            return this;
        }

        /** What is done about a disk that fails; default: it is let go, after 20 s if it hangs. */
        public Builder diskPolicy(DiskPolicy value) {
            diskPolicy = value;
            return this;
        }

        /** Programs that are called when something happens; default none. */
        public Builder handlers(Map<Handler, Path> value) {
            handlers = Map.copyOf(value);
            return this;
        }

        /** How long one of them may take; default two minutes. */
        public Builder handlerTimeout(Duration value) {
            handlerTimeout = value;
            return this;
        }

        /** What is done about a peer that is lost; default nothing. */
        public Builder fencing(FencingSettings value) {
            fencing = value;
            return this;
        }

        /**
         * The witness that fencing by a witness asks; default none.
         *
         * @param address where it listens
         * @param name the name in its certificate
         */
        public Builder witness(InetSocketAddress address, String name) {
            witness = new WitnessAddress(address, name);
            return this;
        }

        /**
         * How the nodes' data is compared; default: no checksums in a resync, and 100 MiB a second
         * for a verify.
         */
        public Builder checks(CheckOptions value) {
            checks = value;
            return this;
        }

        /**
         * How a resync shares disks and link with the application; default at least 4 MiB/s, no
         * ceiling, and requests take at most a quarter longer.
         */
        public Builder pace(PaceSettings value) {
            pace = value;
            return this;
        }

        /** Where changes are kept before they are discarded; default nowhere. */
        public Builder keepDiscarded(@Nullable Path value) {
            keepDiscarded = value;
            return this;
        }

        /** Use O_DIRECT where possible; default true. */
        public Builder directIo(boolean value) {
            directIo = value;
            return this;
        }

        /** What is held against the peer's configuration; default: nothing. */
        public Builder shared(Map<String, String> values) {
            shared = Map.copyOf(values);
            return this;
        }

        /** Use io_uring where possible; default true. */
        public Builder ioUring(boolean value) {
            ioUring = value;
            return this;
        }

        /**
         * The options.
         *
         * @throws NullPointerException naming what is missing
         * @throws IllegalStateException if fencing asks a witness and none is named
         */
        public VolumeOptions build() {
            if (fencing.policy() == FencingPolicy.WITNESS && witness == null) {
                throw new IllegalStateException(
                        "fencing = witness needs a witness; name one with witness(...)");
            }
            return new VolumeOptions(
                    resource,
                    node,
                    peer,
                    Objects.requireNonNull(disk, "disk"),
                    metaDisk,
                    Objects.requireNonNull(listen, "listen address"),
                    Objects.requireNonNull(peerAddresses, "peer addresses"),
                    Objects.requireNonNull(certificates, "certificates"),
                    nbdSocket,
                    nbdAddress,
                    attach,
                    deviceDirectory,
                    pingTimeout,
                    connectInterval,
                    requestTimeout,
                    compression,
                    policies,
                    activityLogExtents,
                    activityLogCoolAfter,
                    diskPolicy,
                    handlers,
                    handlerTimeout,
                    fencing,
                    witness,
                    checks,
                    pace,
                    keepDiscarded,
                    shared,
                    directIo,
                    ioUring);
        }
    }
}
