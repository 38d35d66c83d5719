package dev.rhizome.daemon.config;

import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.Compression;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.policy.OnNoData;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.daemon.config.Option.Section;
import dev.rhizome.replicator.AttachMode;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every option that the configuration file knows, declared once: reader and manual use it. */
final class Options {
    static final Option<Path> CONTROL_SOCKET =
            new Option<>(
                    Section.NODE,
                    "control-socket",
                    ValueType.SOCKET_PATH,
                    "/run/rhizome/control.sock",
                    "The unix socket of the control API, which the rhizome command uses.");

    static final Option<Optional<InetSocketAddress>> METRICS_ADDRESS =
            new Option<>(
                    Section.NODE,
                    "metrics-address",
                    ValueType.OPTIONAL_LOOPBACK,
                    "none",
                    "Where the node also serves its metrics over TCP, to anybody on the machine;"
                            + " the control socket has them in any case.");

    static final Option<Optional<InetSocketAddress>> STATUS_PAGE =
            new Option<>(
                    Section.NODE,
                    "status-page",
                    ValueType.OPTIONAL_ADDRESS_AND_PORT,
                    "none",
                    "Where the node serves a web page that shows its status, live, and changes"
                            + " nothing. It has neither encryption nor passwords: whoever reaches"
                            + " the address sees it, so it should be a loopback address.");

    static final Option<Path> DEVICE_DIRECTORY =
            new Option<>(
                    Section.NODE,
                    "device-directory",
                    ValueType.ABSOLUTE_PATH,
                    "/dev/rhizome",
                    "Where a Primary's block devices have their stable names: a link for each"
                            + " resource, named as the resource.");

    static final Option<Boolean> LOCK_MEMORY =
            new Option<>(
                    Section.NODE,
                    "lock-memory",
                    ValueType.BOOLEAN,
                    "true",
                    "Whether the daemon keeps the memory that it uses from being paged out; counts"
                            + " from its next start.");

    static final Option<AttachMode> ATTACH =
            new Option<>(
                    Section.RESOURCE,
                    "attach",
                    ValueType.oneOf(AttachMode.values(), AttachMode::label),
                    "auto",
                    "How a Primary's volume becomes a block device: by the kernel's ublk driver,"
                        + " its NBD client, or FUSE and a loop device; auto for the best of them"
                        + " that the kernel has; socket for none.");

    static final Option<Path> AUTHORITY =
            new Option<>(
                    Section.PKI,
                    "authority",
                    ValueType.ABSOLUTE_PATH,
                    "/etc/rhizome/pki/ca.crt",
                    "The certificate of the cluster's authority (PEM).");

    static final Option<Path> CERTIFICATE =
            new Option<>(
                    Section.PKI,
                    "certificate",
                    ValueType.ABSOLUTE_PATH,
                    "/etc/rhizome/pki/NODE.crt",
                    "The node's certificate (PEM).");

    static final Option<Path> KEY =
            new Option<>(
                    Section.PKI,
                    "key",
                    ValueType.ABSOLUTE_PATH,
                    "/etc/rhizome/pki/NODE.key",
                    "The node's private key (PKCS#8 PEM).");

    static final Option<Optional<Path>> KEY_PASSPHRASE =
            new Option<>(
                    Section.PKI,
                    "key-passphrase-file",
                    ValueType.OPTIONAL_PATH,
                    "none",
                    "The file whose first line is the passphrase of the node's key, if that is"
                            + " encrypted; not readable by others.");

    /** What stands for the folder of the authority's certificate in a default. */
    static final String PKI_FOLDER = "/etc/rhizome/pki";

    static final Option<Path> REVOKED =
            new Option<>(
                    Section.PKI,
                    "revoked",
                    ValueType.ABSOLUTE_PATH,
                    PKI_FOLDER + "/ca.crl",
                    "The authority's list of revoked certificates (CRL, PEM), by default beside"
                            + " the authority's certificate; nobody is revoked while there is no"
                            + " such file.");

    static final Option<Path> BACKING_DISK =
            new Option<>(
                    Section.REPLICA,
                    "disk",
                    ValueType.ABSOLUTE_PATH,
                    null,
                    "The backing device: a block device or a file.");

    static final Option<Optional<Path>> META_DISK =
            new Option<>(
                    Section.REPLICA,
                    "meta-disk",
                    ValueType.PATH_OR_INTERNAL,
                    "internal",
                    "Where the metadata is: internal for the end of the disk; or a block device or"
                            + " file of its own, and all of the disk is the volume, with the data"
                            + " that is on it.");

    static final Option<Optional<Path>> KEEP_DISCARDED =
            new Option<>(
                    Section.DISK,
                    "keep-discarded",
                    ValueType.OPTIONAL_PATH,
                    "none",
                    "The directory where changes are kept that this node alone has, before they are"
                            + " discarded after a split brain; not on the volume itself.");

    static final Option<List<InetSocketAddress>> ADDRESS =
            new Option<>(
                    Section.REPLICA,
                    "address",
                    ValueType.ADDRESSES,
                    null,
                    "Where the node accepts its peer. With two addresses, on two networks, the"
                            + " link goes over the other one when one fails; both nodes must have"
                            + " as many.");

    static final Option<Optional<Path>> NBD_SOCKET =
            new Option<>(
                    Section.REPLICA,
                    "nbd-socket",
                    ValueType.OPTIONAL_SOCKET_PATH,
                    "/run/rhizome/RESOURCE.nbd",
                    "The unix socket where the node serves the volume by NBD while Primary.");

    static final Option<Optional<InetSocketAddress>> NBD_ADDRESS =
            new Option<>(
                    Section.REPLICA,
                    "nbd-address",
                    ValueType.OPTIONAL_ADDRESS_AND_PORT,
                    "none",
                    "Where the node serves the volume by NBD over TCP while Primary, to clients"
                            + " that show a certificate of the cluster's authority (TLS 1.3).");

    static final Option<Duration> PING_TIMEOUT =
            new Option<>(
                    Section.NET,
                    "ping-timeout",
                    ValueType.duration(Duration.ofMillis(100), Duration.ofMinutes(1)),
                    "2500ms",
                    "How long the peer may be silent before it is taken for dead.");

    static final Option<Duration> CONNECT_INTERVAL =
            new Option<>(
                    Section.NET,
                    "connect-interval",
                    ValueType.duration(Duration.ofMillis(50), Duration.ofMinutes(2)),
                    "1s",
                    "How long to wait between two attempts to reach the peer; while they fail, or"
                            + " links do not last, each time longer, up to ten times as long.");

    static final Option<Duration> REQUEST_TIMEOUT =
            new Option<>(
                    Section.NET,
                    "request-timeout",
                    ValueType.duration(Duration.ofMillis(500), Duration.ofMinutes(10)),
                    "30s",
                    "How long the peer may take for one request before it is taken for dead;"
                            + " not shorter than ping-timeout.");

    static final Option<Compression> COMPRESSION =
            new Option<>(
                    Section.NET,
                    "compression",
                    ValueType.oneOf(Compression.values(), Compression::label),
                    "auto",
                    "Whether volume data is compressed (LZ4) on its way to the peer: auto while"
                            + " the link is slower than the compressor and the data shrinks;"
                            + " never also keeps the peer from it.");

    static final Option<AfterSplitBrain0Pri> AFTER_SB_0PRI =
            new Option<>(
                    Section.NET,
                    "after-sb-0pri",
                    PolicyValues.AFTER_SB_0PRI,
                    "disconnect",
                    "Who loses after a split brain while neither node is Primary.");

    static final Option<AfterSplitBrain1Pri> AFTER_SB_1PRI =
            new Option<>(
                    Section.NET,
                    "after-sb-1pri",
                    PolicyValues.AFTER_SB_1PRI,
                    "disconnect",
                    "Who loses after a split brain while one node is Primary.");

    static final Option<AfterSplitBrain2Pri> AFTER_SB_2PRI =
            new Option<>(
                    Section.NET,
                    "after-sb-2pri",
                    PolicyValues.AFTER_SB_2PRI,
                    "disconnect",
                    "Who loses after a split brain while both nodes are Primary.");

    static final Option<RoleConflict> RR_CONFLICT =
            new Option<>(
                    Section.NET,
                    "rr-conflict",
                    PolicyValues.RR_CONFLICT,
                    "disconnect",
                    "What happens when a Primary holds older data than its peer.");

    static final Option<FencingPolicy> FENCING =
            new Option<>(
                    Section.NET,
                    "fencing",
                    PolicyValues.FENCING,
                    "none",
                    "Who is asked, once the peer is lost, whether this node may go on alone:"
                        + " nobody, the handler fence-peer while clients are served or while they"
                        + " wait, or the witness.");

    static final Option<Boolean> AUTO_PROMOTE =
            new Option<>(
                    Section.NET,
                    "auto-promote",
                    ValueType.BOOLEAN,
                    "false",
                    "With fencing = witness: whether a Secondary that has lost its Primary takes"
                            + " over by itself. Not beside a cluster manager.");

    static final Option<Duration> FENCE_RETRY =
            new Option<>(
                    Section.NET,
                    "fence-retry",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)),
                    "10s",
                    "How long after an answer that was none it is asked again.");

    static final Option<OnNoData> ON_NO_DATA =
            new Option<>(
                    Section.DISK,
                    "on-no-data-accessible",
                    PolicyValues.ON_NO_DATA,
                    "io-error",
                    "What becomes of requests while neither node's UpToDate data can be reached.");

    static final Option<Duration> HANDLER_TIMEOUT =
            new Option<>(
                    Section.HANDLERS,
                    "timeout",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofMinutes(30)),
                    "2min",
                    "How long a program may take before it is ended, with all that it has"
                            + " started.");

    static final Option<Boolean> CSUMS_ALG =
            new Option<>(
                    Section.NET,
                    "csums-alg",
                    CheckValues.ALGORITHM,
                    "none",
                    "Whether a resync compares checksums of blocks first and copies only those that"
                            + " differ: for links that are slower than the disks.");

    static final Option<Long> VERIFY_RATE =
            new Option<>(
                    Section.DISK,
                    "verify-rate",
                    CheckValues.RATE_OR_NONE,
                    "100MiB",
                    "How much an online verify reads of each node's disk in a second at most; 0 for"
                            + " no such limit.");

    static final Option<Integer> AL_EXTENTS =
            new Option<>(
                    Section.DISK,
                    "al-extents",
                    ValueType.integer(67, 65_534),
                    "6433",
                    "How many extents of 4 MiB the activity log keeps active at most: more serve"
                            + " random writes, fewer bound what is copied after a crash.");

    static final Option<Duration> AL_COOL_AFTER =
            new Option<>(
                    Section.DISK,
                    "al-cool-after",
                    ValueType.duration(Duration.ofSeconds(1), Duration.ofDays(1)),
                    "30s",
                    "How long an extent of the activity log stays active without being used.");

    static final Option<OnIoError> ON_IO_ERROR =
            new Option<>(
                    Section.DISK,
                    "on-io-error",
                    PolicyValues.ON_IO_ERROR,
                    "detach",
                    "What a failed write of the disk leads to while the peer has the data. The last"
                            + " good disk stays in any case.");

    static final Option<Duration> DISK_TIMEOUT =
            new Option<>(
                    Section.DISK,
                    "disk-timeout",
                    ValueType.duration(Duration.ZERO, Duration.ofMinutes(10)),
                    "20s",
                    "How long an operation of the disk may take before the disk is given up, if the"
                            + " node can do without it; 0s for ever.");

    static final Option<Long> C_MIN_RATE =
            new Option<>(
                    Section.DISK,
                    "c-min-rate",
                    ValueType.rate(64L << 10),
                    "4MiB",
                    "So fast a resync may go, in bytes a second, whatever it costs the clients.");

    static final Option<Long> C_MAX_RATE =
            new Option<>(
                    Section.DISK,
                    "c-max-rate",
                    ValueType.rate(0),
                    "0",
                    "Faster than this, in bytes a second, a resync never goes, even while there are"
                            + " no clients; 0 for no such limit. Not less than c-min-rate.");

    static final Option<Integer> C_LATENCY_PERCENT =
            new Option<>(
                    Section.DISK,
                    "c-latency-percent",
                    ValueType.integer(101, 100_000),
                    "125",
                    "How long clients' requests may take on average while a resync runs, in percent"
                            + " of what they take in moments without it: when they take longer, it"
                            + " slows down, as far as c-min-rate.");

    static final Option<Duration> C_LATENCY_GOAL =
            new Option<>(
                    Section.DISK,
                    "c-latency-goal",
                    ValueType.duration(Duration.ZERO, Duration.ofSeconds(10)),
                    "0ms",
                    "As long as requests take no longer than this on average, a resync does not"
                            + " slow down, whatever c-latency-percent says.");

    static final Option<Boolean> DIRECT_IO =
            new Option<>(
                    Section.DISK,
                    "direct-io",
                    ValueType.BOOLEAN,
                    "true",
                    "Whether to pass the page cache by (O_DIRECT) where the file system can.");

    static final Option<Boolean> IO_URING =
            new Option<>(
                    Section.DISK,
                    "io-uring",
                    ValueType.BOOLEAN,
                    "true",
                    "Whether to use io_uring where the kernel allows it.");

    static final Option<String> WITNESS_NAME =
            new Option<>(
                    Section.WITNESS,
                    "name",
                    ValueType.NODE_NAME,
                    "witness",
                    "The witness's name, as in its certificate.");

    static final Option<InetSocketAddress> WITNESS_ADDRESS =
            new Option<>(
                    Section.WITNESS,
                    "address",
                    ValueType.ADDRESS_AND_PORT,
                    null,
                    "Where the witness listens, and nodes reach it.");

    static final Option<Path> WITNESS_STATE =
            new Option<>(
                    Section.WITNESS,
                    "state",
                    ValueType.ABSOLUTE_PATH,
                    "/var/lib/rhizome/witness.state",
                    "The file in which the witness remembers what it has granted; on its machine.");

    static final Option<Path> WITNESS_AUTHORITY =
            new Option<>(
                    Section.WITNESS_PKI,
                    "authority",
                    ValueType.ABSOLUTE_PATH,
                    "/etc/rhizome/pki/ca.crt",
                    "The certificate of the cluster's authority (PEM), on the witness's machine.");

    static final Option<Path> WITNESS_CERTIFICATE =
            new Option<>(
                    Section.WITNESS_PKI,
                    "certificate",
                    ValueType.ABSOLUTE_PATH,
                    "/etc/rhizome/pki/WITNESS.crt",
                    "The witness's certificate (PEM).");

    static final Option<Path> WITNESS_KEY =
            new Option<>(
                    Section.WITNESS_PKI,
                    "key",
                    ValueType.ABSOLUTE_PATH,
                    "/etc/rhizome/pki/WITNESS.key",
                    "The witness's private key (PKCS#8 PEM).");

    static final Option<Optional<Path>> WITNESS_KEY_PASSPHRASE =
            new Option<>(
                    Section.WITNESS_PKI,
                    "key-passphrase-file",
                    ValueType.OPTIONAL_PATH,
                    "none",
                    "The file whose first line is the passphrase of the witness's key, if that is"
                            + " encrypted; not readable by others.");

    static final Option<Path> WITNESS_REVOKED =
            new Option<>(
                    Section.WITNESS_PKI,
                    "revoked",
                    ValueType.ABSOLUTE_PATH,
                    PKI_FOLDER + "/ca.crl",
                    "The authority's list of revoked certificates (CRL, PEM), by default beside"
                            + " the authority's certificate; nobody is revoked while there is no"
                            + " such file.");

    private static final List<Option<?>> SINGLE =
            List.of(
                    CONTROL_SOCKET,
                    METRICS_ADDRESS,
                    STATUS_PAGE,
                    DEVICE_DIRECTORY,
                    LOCK_MEMORY,
                    AUTHORITY,
                    CERTIFICATE,
                    KEY,
                    KEY_PASSPHRASE,
                    REVOKED,
                    ATTACH,
                    BACKING_DISK,
                    META_DISK,
                    ADDRESS,
                    NBD_SOCKET,
                    NBD_ADDRESS,
                    PING_TIMEOUT,
                    CONNECT_INTERVAL,
                    REQUEST_TIMEOUT,
                    COMPRESSION,
                    AFTER_SB_0PRI,
                    AFTER_SB_1PRI,
                    AFTER_SB_2PRI,
                    RR_CONFLICT,
                    FENCING,
                    AUTO_PROMOTE,
                    FENCE_RETRY,
                    CSUMS_ALG,
                    AL_EXTENTS,
                    AL_COOL_AFTER,
                    ON_IO_ERROR,
                    DISK_TIMEOUT,
                    ON_NO_DATA,
                    KEEP_DISCARDED,
                    VERIFY_RATE,
                    C_MIN_RATE,
                    C_MAX_RATE,
                    C_LATENCY_PERCENT,
                    C_LATENCY_GOAL,
                    DIRECT_IO,
                    IO_URING,
                    HANDLER_TIMEOUT,
                    WITNESS_NAME,
                    WITNESS_ADDRESS,
                    WITNESS_STATE,
                    WITNESS_AUTHORITY,
                    WITNESS_CERTIFICATE,
                    WITNESS_KEY,
                    WITNESS_KEY_PASSPHRASE,
                    WITNESS_REVOKED);

    static final List<Option<?>> ALL =
            Stream.<Option<?>>concat(SINGLE.stream(), HandlerOptions.list().stream()).toList();

    private Options() {}

    /** The keys that a section may have. */
    static List<String> keys(Section section) {
        return ALL.stream().filter(option -> option.section() == section).map(Option::key).toList();
    }
}
