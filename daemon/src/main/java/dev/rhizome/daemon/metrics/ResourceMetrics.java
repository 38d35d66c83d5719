package dev.rhizome.daemon.metrics;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.CertificateStatus;
import dev.rhizome.replicator.HandshakeStatus;
import dev.rhizome.replicator.LinkStatus;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VerifyProgress;
import dev.rhizome.replicator.VolumeCounters;
import dev.rhizome.replicator.VolumeLatencies;
import dev.rhizome.replicator.VolumeStatus;
import java.util.List;

/** A resource's status as metrics. */
final class ResourceMetrics {
    private static final String VOLUME = "0";
    private static final List<String> CAUSES = List.of("user", "no-data", "fencing");

    private ResourceMetrics() {}

    static void add(Samples to, ResourceStatus resource) {
        VolumeStatus status = resource.volume();
        String name = resource.name();
        to.add(Metric.UP, status != null, name);
        Role role = status == null ? Role.UNKNOWN : status.role();
        to.add(Metric.ROLE, role, Role.values(), Role::label, name);
        if (status == null) {
            return;
        }
        suspension(to, status);
        to.add(Metric.MAY_PROMOTE, status.mayPromote(), name);
        to.add(Metric.PROMOTION_SCORE, status.promotionScore(), name);
        to.add(Metric.SPLIT_BRAIN, splitBrain(status), name);
        device(to, status);
        latencies(to, name, status.counters().latencies());
        connection(to, status);
        link(to, status);
        resync(to, status);
        VerifyProgress verify = status.comparison().verify();
        to.add(Metric.VERIFY_RUNNING, verify != null && verify.report().running(), name);
        to.add(Metric.VERIFY_FOUND, status.comparison().marked(), name);
    }

    private static void suspension(Samples to, VolumeStatus status) {
        List<String> causes = List.of(status.suspended().split(",", -1));
        to.add(Metric.SUSPENDED, !status.suspended().equals("no"), status.resource());
        for (String cause : CAUSES) {
            to.add(Metric.SUSPENDED_FOR, causes.contains(cause), status.resource(), cause);
        }
    }

    private static boolean splitBrain(VolumeStatus status) {
        HandshakeStatus handshake = status.lastHandshake();
        return handshake != null
                && status.connection() == ConnectionState.STAND_ALONE
                && handshake.verdict().equals("disconnect")
                && handshake.rule().startsWith("split-brain");
    }

    private static void device(Samples to, VolumeStatus status) {
        String name = status.resource();
        VolumeCounters done = status.counters();
        to.add(
                Metric.DISK_STATE,
                status.disk(),
                DiskState.values(),
                DiskState::label,
                name,
                VOLUME);
        to.add(Metric.SIZE, status.sizeBytes(), name, VOLUME);
        to.add(Metric.READ, done.readBytes(), name, VOLUME);
        to.add(Metric.WRITTEN, (double) done.writtenBytes() + done.receivedBytes(), name, VOLUME);
        to.add(Metric.AL_WRITES, done.activityLogWrites(), name, VOLUME);
        to.add(Metric.BM_WRITES, done.bitmapWrites(), name, VOLUME);
        to.add(Metric.UPPER_PENDING, done.inFlight(), name, VOLUME);
        to.add(Metric.DISKLESS, status.disk() == DiskState.DISKLESS, name, VOLUME);
        to.add(Metric.FAILED, done.failed(), name);
    }

    private static void latencies(Samples to, String name, VolumeLatencies took) {
        to.add(Metric.REQUEST_TIME, took.reads(), name, "read");
        to.add(Metric.REQUEST_TIME, took.writes(), name, "write");
        to.add(Metric.REQUEST_TIME, took.flushes(), name, "flush");
        to.add(Metric.PEER_TIME, took.peerWrites(), name, "write");
        to.add(Metric.PEER_TIME, took.peerFlushes(), name, "flush");
        to.add(Metric.DISK_TIME, took.diskReads(), name, "read");
        to.add(Metric.DISK_TIME, took.diskWrites(), name, "write");
        to.add(Metric.DISK_TIME, took.diskFlushes(), name, "flush");
    }

    private static void connection(Samples to, VolumeStatus status) {
        String name = status.resource();
        String peer = status.peer();
        to.add(
                Metric.CONNECTION_STATE,
                status.connection(),
                ConnectionState.values(),
                ConnectionState::label,
                name,
                peer);
        to.add(Metric.PEER_ROLE, status.peerRole(), Role.values(), Role::label, name, peer);
        to.add(
                Metric.REPLICATION_STATE,
                status.replication(),
                ReplicationState.values(),
                ReplicationState::label,
                name,
                peer);
        to.add(
                Metric.PEER_DISK_STATE,
                status.peerDisk(),
                DiskState.values(),
                DiskState::label,
                name,
                peer);
        to.add(Metric.OUT_OF_SYNC, status.outOfSyncBytes(), name, peer, VOLUME);
        to.add(Metric.SENT, status.counters().sentBytes(), name, peer, VOLUME);
        to.add(Metric.RECEIVED, status.counters().receivedBytes(), name, peer, VOLUME);
    }

    private static void link(Samples to, VolumeStatus status) {
        LinkStatus link = status.link();
        String name = status.resource();
        String peer = status.peer();
        to.add(Metric.LINK_DATA, link.dataBytes(), name, peer, "sent");
        to.add(Metric.LINK_DATA, link.dataReceivedBytes(), name, peer, "received");
        to.add(Metric.LINK_WIRE, link.dataWireBytes(), name, peer, "sent");
        to.add(Metric.LINK_WIRE, link.dataReceivedWireBytes(), name, peer, "received");
        to.add(Metric.COMPRESSING, link.compressing(), name, peer);
        to.add(Metric.LINKS, link.count(), name, peer);
        CertificateStatus shown = status.certificates().peer();
        if (shown != null) {
            long until = shown.validUntil().getEpochSecond();
            to.add(Metric.PEER_CERTIFICATE, until, name, peer);
        }
        to.add(Metric.CERTIFICATE_WARNINGS, status.certificates().warnings().size(), name);
    }

    private static void resync(Samples to, VolumeStatus status) {
        String name = status.resource();
        String peer = status.peer();
        ResyncProgress resync = status.resync();
        to.add(Metric.RESYNC_COPIED, status.resyncedBytes(), name, peer);
        to.add(Metric.RESYNC_SAME, status.comparison().resyncSameBytes(), name, peer);
        to.add(Metric.RESYNC_SIZE, resync == null ? 0 : resync.totalBytes(), name, peer);
        to.add(Metric.RESYNC_DONE, resync == null ? 0 : resync.doneBytes(), name, peer);
        to.add(Metric.RESYNC_RATE, resync == null ? 0 : resync.bytesPerSecond(), name, peer);
        to.add(Metric.RESYNC_PAUSED, !status.resyncSuspended().equals("no"), name, peer);
    }
}
