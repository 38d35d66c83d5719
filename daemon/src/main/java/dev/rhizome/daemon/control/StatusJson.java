package dev.rhizome.daemon.control;

import dev.rhizome.core.role.Role;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.DeviceStatus;
import dev.rhizome.replicator.HandshakeStatus;
import dev.rhizome.replicator.LinkStatus;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.SplitBrainReport;
import dev.rhizome.replicator.VerifyProgress;
import dev.rhizome.replicator.VolumeCounters;
import dev.rhizome.replicator.VolumeEvent;
import dev.rhizome.replicator.VolumeStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The status as a tree for JSON. Names and units are those of {@code drbdsetup status --json} where
 * they mean the same (sizes there are KiB); ours say their unit in the name.
 */
final class StatusJson {
    private static final long KIB = 1024;

    private StatusJson() {}

    static Map<String, Object> of(ResourceStatus resource) {
        Map<String, Object> tree = new LinkedHashMap<>();
        VolumeStatus status = resource.volume();
        tree.put("name", resource.name());
        tree.put("node", resource.node());
        tree.put("up", status != null);
        if (status == null) {
            tree.put("down-reason", resource.downReason());
            tree.put("role", Role.UNKNOWN.label());
            tree.put("devices", List.of());
            tree.put("connections", List.of());
            return tree;
        }
        tree.put("role", status.role().label());
        tree.put("may-promote", status.mayPromote());
        tree.put("promotion-score", status.promotionScore());
        tree.put("suspended", status.suspended());
        if (!status.suspendedReason().isEmpty()) {
            tree.put("suspended-reason", status.suspendedReason());
        }
        tree.put("devices", List.of(device(status)));
        tree.put("connections", List.of(connection(status)));
        tree.put("generations", generations(status.generations()));
        tree.put("options-that-differ", status.optionsThatDiffer());
        HandshakeStatus handshake = status.lastHandshake();
        if (handshake != null) {
            tree.put("last-handshake", handshake(handshake));
            SplitBrainReport open = handshake.splitBrain();
            if (open != null) {
                tree.put("split-brain", SplitBrainStatus.tree(open));
            }
        }
        tree.put("io-engine", status.ioEngine());
        tree.put("tls-engine", status.tlsEngine());
        tree.put("certificates", CertificateText.json(status.certificates()));
        tree.put("resynced-bytes", status.resyncedBytes());
        tree.put("resync-same-bytes", status.comparison().resyncSameBytes());
        tree.put("counters", counters(status.counters(), status.link()));
        tree.put("recent-events", status.recentEvents().stream().map(StatusJson::event).toList());
        return tree;
    }

    private static Map<String, Object> device(VolumeStatus status) {
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("volume", 0);
        device.put("disk-state", status.disk().label());
        device.put("backing-disk", status.diskPath());
        DeviceStatus attached = status.device();
        if (attached != null) {
            device.put("device", attached.link().toString());
            device.put("device-node", attached.node().toString());
            device.put("front-end", attached.frontEnd());
        }
        device.put("size", status.sizeBytes() / KIB);
        device.put("read", status.counters().readBytes() / KIB);
        device.put("written", status.counters().writtenBytes() / KIB);
        device.put("al-writes", status.counters().activityLogWrites());
        device.put("bm-writes", status.counters().bitmapWrites());
        device.put("upper-pending", status.counters().inFlight());
        return device;
    }

    private static Map<String, Object> connection(VolumeStatus status) {
        Map<String, Object> connection = new LinkedHashMap<>();
        connection.put("name", status.peer());
        connection.put("connection-state", status.connection().label());
        connection.put("connection-reason", status.connectionReason());
        connection.put("peer-role", status.peerRole().label());
        connection.put("path", status.link().path());
        connection.put("compressing", status.link().compressing());
        connection.put("links", status.link().count());
        CertificateText.putShown(connection, status.certificates());
        connection.put("peer_devices", List.of(peerDevice(status)));
        return connection;
    }

    private static Map<String, Object> peerDevice(VolumeStatus status) {
        Map<String, Object> device = new LinkedHashMap<>();
        device.put("volume", 0);
        device.put("replication-state", status.replication().label());
        device.put("peer-disk-state", status.peerDisk().label());
        device.put("received", status.counters().receivedBytes() / KIB);
        device.put("sent", status.counters().sentBytes() / KIB);
        ResyncProgress resync = status.resync();
        outOfSync(device, status.outOfSyncBytes(), status.sizeBytes());
        device.put("resync-suspended", status.resyncSuspended());
        device.put("has-sync-details", resync != null);
        if (resync != null) {
            device.put("percent-resync-done", Percent.of(resync.doneBytes(), resync.totalBytes()));
            if (resync.secondsLeft() >= 0) {
                device.put("estimated-seconds-to-finish", resync.secondsLeft());
            }
            device.put("resync", resync(resync));
        }
        device.put("verify-found", status.comparison().marked());
        VerifyProgress verify = status.comparison().verify();
        if (verify != null) {
            device.put("verify", VerifyStatus.json(verify));
        }
        return device;
    }

    private static void outOfSync(Map<String, Object> device, long bytes, long sizeBytes) {
        device.put("out-of-sync", (bytes + KIB - 1) / KIB);
        device.put("percent-in-sync", Percent.of(sizeBytes - bytes, sizeBytes));
    }

    private static Map<String, Object> resync(ResyncProgress resync) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("total-bytes", resync.totalBytes());
        tree.put("done-bytes", resync.doneBytes());
        tree.put("bytes-per-second", resync.bytesPerSecond());
        tree.put("seconds-left", resync.secondsLeft());
        tree.put("limit", resync.limit());
        tree.put("want-bytes-per-second", resync.wantedBytesPerSecond());
        return tree;
    }

    private static Map<String, Object> generations(List<String> all) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (!all.isEmpty()) {
            tree.put("current", all.get(0));
        }
        if (all.size() > 1) {
            tree.put("bitmap", all.get(1));
        }
        tree.put("history", new ArrayList<>(all.subList(Math.min(2, all.size()), all.size())));
        return tree;
    }

    private static Map<String, Object> handshake(HandshakeStatus handshake) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("verdict", handshake.verdict());
        tree.put("rule", handshake.rule());
        tree.put("resolution", handshake.resolution());
        tree.put("meaning", handshake.meaning());
        tree.put("at", handshake.at().toString());
        tree.put("generations", generations(handshake.selfGenerations()));
        tree.put("peer-generations", generations(handshake.peerGenerations()));
        return tree;
    }

    private static Map<String, Object> event(VolumeEvent event) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("rule", event.rule());
        tree.put("reason", event.reason());
        return tree;
    }

    private static Map<String, Object> counters(VolumeCounters counters, LinkStatus link) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("read-bytes", counters.readBytes());
        tree.put("written-bytes", counters.writtenBytes());
        tree.put("flushes", counters.flushes());
        tree.put("sent-bytes", counters.sentBytes());
        tree.put("received-bytes", counters.receivedBytes());
        tree.put("in-flight", counters.inFlight());
        tree.put("failed", counters.failed());
        tree.put("data-bytes", link.dataBytes());
        tree.put("data-wire-bytes", link.dataWireBytes());
        tree.put("data-received-bytes", link.dataReceivedBytes());
        tree.put("data-received-wire-bytes", link.dataReceivedWireBytes());
        return tree;
    }
}
