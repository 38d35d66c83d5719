package dev.rhizome.daemon.metrics;

import java.util.List;

/**
 * Every metric that there is, declared once: the page and its documentation use it. Where the
 * meaning is the same, name and labels are those of drbd-reactor's Prometheus plugin.
 */
enum Metric {
    BUILD("rhizome_build", Type.INFO, "The daemon's version and node.", "version", "node"),
    RESOURCES("drbd_resource_resources", Type.GAUGE, "Resources of this node."),
    UP("rhizome_resource_up", Type.GAUGE, "Whether the resource is up.", "name"),
    ROLE("drbd_resource_role", Type.STATES, "This node's role.", "name"),
    SUSPENDED(
            "drbd_resource_suspended",
            Type.GAUGE,
            "Whether clients wait because the resource is suspended.",
            "name"),
    SUSPENDED_FOR(
            "rhizome_suspended",
            Type.GAUGE,
            "Whether clients wait for this: user (suspend-io), no-data, fencing.",
            "name",
            "cause"),
    MAY_PROMOTE(
            "drbd_resource_maypromote",
            Type.GAUGE,
            "Whether promotion without force would find good data and no other Primary.",
            "name"),
    PROMOTION_SCORE(
            "drbd_resource_promotionscore",
            Type.GAUGE,
            "How well the node would do as Primary; 0 for not at all.",
            "name"),
    SPLIT_BRAIN(
            "rhizome_split_brain",
            Type.GAUGE,
            "Whether the node is StandAlone because its last handshake found a split brain.",
            "name"),
    EVENTS(
            "rhizome_events",
            Type.COUNTER,
            "Decisions and changes of state, by the rule that decided.",
            "name",
            "rule"),
    DISK_STATE("drbd_device_state", Type.STATES, "State of this node's disk.", "name", "volume"),
    SIZE("drbd_device_size_bytes", Type.GAUGE, "Size of the volume.", "name", "volume"),
    READ("drbd_device_read_bytes", Type.COUNTER, "Read for clients.", "name", "volume"),
    WRITTEN(
            "drbd_device_written_bytes",
            Type.COUNTER,
            "Written for clients and for the peer.",
            "name",
            "volume"),
    AL_WRITES(
            "drbd_device_alwrites",
            Type.COUNTER,
            "Transactions of the activity log.",
            "name",
            "volume"),
    BM_WRITES("drbd_device_bmwrites", Type.COUNTER, "Writes of bitmap pages.", "name", "volume"),
    UPPER_PENDING(
            "drbd_device_upperpending",
            Type.GAUGE,
            "Clients' requests that are not answered yet.",
            "name",
            "volume"),
    DISKLESS(
            "drbd_device_unintentionaldiskless",
            Type.GAUGE,
            "Whether the node has no disk now.",
            "name",
            "volume"),
    FAILED(
            "rhizome_requests_failed",
            Type.COUNTER,
            "Clients' requests that ended with an error.",
            "name"),
    REQUEST_TIME(
            "rhizome_request_duration_seconds",
            Type.HISTOGRAM,
            "Clients' requests that went well, from request to answer.",
            "name",
            "operation"),
    PEER_TIME(
            "rhizome_peer_duration_seconds",
            Type.HISTOGRAM,
            "The peer's part of clients' requests, the link included.",
            "name",
            "operation"),
    DISK_TIME(
            "rhizome_disk_duration_seconds",
            Type.HISTOGRAM,
            "Operations of this node's disk on volume data, whoever has asked for them.",
            "name",
            "operation"),
    CONNECTION_STATE(
            "drbd_connection_state", Type.STATES, "State of the link.", "name", "conn_name"),
    PEER_ROLE("rhizome_peer_role", Type.STATES, "The peer's role.", "name", "conn_name"),
    REPLICATION_STATE(
            "rhizome_replication_state",
            Type.STATES,
            "What flows over the link.",
            "name",
            "conn_name"),
    PEER_DISK_STATE(
            "rhizome_peer_disk_state",
            Type.STATES,
            "State of the peer's disk, as this node knows it.",
            "name",
            "conn_name"),
    OUT_OF_SYNC(
            "drbd_peerdevice_outofsync_bytes",
            Type.GAUGE,
            "What may differ from the peer's, as this node knows.",
            "name",
            "conn_name",
            "volume"),
    SENT(
            "drbd_peerdevice_sent_bytes",
            Type.UNTYPED,
            "Written to the peer for clients since the resource was brought up.",
            "name",
            "conn_name",
            "volume"),
    RECEIVED(
            "drbd_peerdevice_received_bytes",
            Type.UNTYPED,
            "Written for the peer since the resource was brought up.",
            "name",
            "conn_name",
            "volume"),
    LINK_DATA(
            "rhizome_link_data_bytes",
            Type.COUNTER,
            "Volume data that went over the link, before compression.",
            "name",
            "conn_name",
            "direction"),
    LINK_WIRE(
            "rhizome_link_wire_bytes",
            Type.COUNTER,
            "What of it was on the wire, without headers and encryption.",
            "name",
            "conn_name",
            "direction"),
    COMPRESSING(
            "rhizome_link_compressing",
            Type.GAUGE,
            "Whether volume data is compressed now.",
            "name",
            "conn_name"),
    LINKS("rhizome_links", Type.COUNTER, "Links to the peer that came up.", "name", "conn_name"),
    PEER_CERTIFICATE(
            "rhizome_peer_certificate_expiry_timestamp_seconds",
            Type.GAUGE,
            "When the certificate expires that the peer has shown on the link that is up, in"
                    + " seconds since 1970.",
            "name",
            "conn_name"),
    CERTIFICATE_WARNINGS(
            "rhizome_certificate_warnings",
            Type.GAUGE,
            "What the status warns of: certificates that end within 30 days, were revoked, or"
                    + " cannot be used.",
            "name"),
    RESYNC_COPIED(
            "rhizome_resync_copied_bytes",
            Type.COUNTER,
            "Copied by resyncs since the resource was brought up.",
            "name",
            "conn_name"),
    RESYNC_SAME(
            "rhizome_resync_same_bytes",
            Type.COUNTER,
            "What resyncs did not have to copy, because checksums agreed.",
            "name",
            "conn_name"),
    RESYNC_SIZE(
            "rhizome_resync_size_bytes",
            Type.GAUGE,
            "What the running resync has to copy; 0 without one.",
            "name",
            "conn_name"),
    RESYNC_DONE(
            "rhizome_resync_done_bytes",
            Type.GAUGE,
            "What the running resync has copied; 0 without one.",
            "name",
            "conn_name"),
    RESYNC_RATE(
            "rhizome_resync_rate_bytes_per_second",
            Type.GAUGE,
            "The running resync's rate; 0 without one.",
            "name",
            "conn_name"),
    RESYNC_PAUSED(
            "rhizome_resync_paused",
            Type.GAUGE,
            "Whether an operator has paused resyncs, on either node.",
            "name",
            "conn_name"),
    VERIFY_RUNNING("rhizome_verify_running", Type.GAUGE, "Whether an online verify runs.", "name"),
    VERIFY_FOUND(
            "rhizome_verify_found",
            Type.GAUGE,
            "Whether an online verify has found differences that are not copied yet.",
            "name"),
    CERTIFICATE(
            "rhizome_certificate_expiry_timestamp_seconds",
            Type.GAUGE,
            "When a certificate of this node expires, in seconds since 1970; 0 if unreadable.",
            "certificate"),
    JVM_MEMORY("jvm_memory_used_bytes", Type.GAUGE, "Memory that the JVM uses.", "area"),
    JVM_MEMORY_MAX("jvm_memory_max_bytes", Type.GAUGE, "Its limit; -1: none.", "area"),
    JVM_BUFFERS("jvm_buffer_pool_used_bytes", Type.GAUGE, "Buffers outside of the heap.", "pool"),
    JVM_GC("rhizome_jvm_gc_seconds", Type.COUNTER, "Time in garbage collections.", "gc"),
    JVM_GC_COUNT("rhizome_jvm_gc_collections", Type.COUNTER, "Garbage collections.", "gc"),
    JVM_THREADS("jvm_threads_current", Type.GAUGE, "Threads."),
    PROCESS_CPU("process_cpu_seconds", Type.COUNTER, "Processor time of the daemon."),
    PROCESS_MEMORY("process_resident_memory_bytes", Type.GAUGE, "Resident memory."),
    PROCESS_FILES("process_open_fds", Type.GAUGE, "Open file descriptors."),
    PROCESS_START(
            "process_start_time_seconds", Type.GAUGE, "When it started, in seconds since 1970.");

    /** What kind of value a metric has. */
    enum Type {
        GAUGE(""),
        /** Only ever grows. */
        COUNTER("_total"),
        /** As drbd-reactor has it: grows, under a name that a counter may not have. */
        UNTYPED(""),
        /** A series for each value of an enumeration, in a label of the metric's name: 1 or 0. */
        STATES(""),
        HISTOGRAM("_bucket"),
        /** 1, with what there is to know in labels. */
        INFO("_info");

        private final String suffix;

        Type(String suffix) {
            this.suffix = suffix;
        }
    }

    private final String base;
    private final Type type;
    private final String help;

    @SuppressWarnings("ImmutableEnumChecker") // It is of List.of.
    private final List<String> labels;

    Metric(String base, Type type, String help, String... labels) {
        this.base = base;
        this.type = type;
        this.help = help;
        this.labels = List.of(labels);
    }

    /** The name without what its type adds. */
    String base() {
        return base;
    }

    /** The name of its series; of a histogram, of one of the three. */
    String series() {
        return base + type.suffix;
    }

    Type type() {
        return type;
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels;
    }
}
