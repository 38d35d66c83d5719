package dev.rhizome.daemon.control;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.daemon.watch.Amount;
import dev.rhizome.replicator.DeviceStatus;
import dev.rhizome.replicator.HandshakeStatus;
import dev.rhizome.replicator.LinkStatus;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VolumeStatus;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The status for people, in the form of {@code drbdadm status}. */
final class StatusText {
    private StatusText() {}

    static String of(Collection<ResourceStatus> resources) {
        StringBuilder text = new StringBuilder();
        for (ResourceStatus resource : resources) {
            if (text.length() > 0) {
                text.append('\n');
            }
            VolumeStatus status = resource.volume();
            if (status == null) {
                text.append(resource.name()).append(" down\n");
                text.append("  reason:").append(resource.downReason()).append('\n');
            } else {
                append(text, status);
                CertificateText.appendWarnings(text, status.certificates());
                VerifyStatus.append(text, status.comparison());
                append(text, status.lastHandshake());
                for (String difference : status.optionsThatDiffer()) {
                    text.append("  configuration differs:").append(difference).append('\n');
                }
                appendSplitBrain(text, status);
            }
        }
        return text.length() == 0 ? "# no resources on this node\n" : text.toString();
    }

    private static void append(StringBuilder text, VolumeStatus status) {
        text.append(status.resource()).append(" role:").append(status.role().label()).append('\n');
        text.append("  disk:").append(status.disk().label()).append('\n');
        if (!status.suspended().equals("no")) {
            text.append("  suspended:").append(status.suspended()).append('\n');
            text.append("    reason:").append(status.suspendedReason()).append('\n');
        }
        DeviceStatus device = status.device();
        if (device != null) {
            text.append("  device:").append(device.link());
            text.append(" node:").append(device.node());
            text.append(" front-end:").append(device.frontEnd()).append('\n');
        }
        text.append("  ").append(status.peer());
        if (status.connection() != ConnectionState.CONNECTED) {
            text.append(" connection:").append(status.connection().label()).append('\n');
            text.append("    reason:").append(status.connectionReason()).append('\n');
            if (status.peerDisk() != DiskState.UNKNOWN) {
                text.append("    peer-disk:").append(status.peerDisk().label()).append('\n');
            }
            if (status.outOfSyncBytes() > 0) {
                text.append("    out-of-sync:");
                text.append(Amount.bytes(status.outOfSyncBytes())).append('\n');
            }
            return;
        }
        text.append(" role:").append(status.peerRole().label()).append("\n    ");
        if (status.replication() != ReplicationState.ESTABLISHED) {
            text.append("replication:").append(status.replication().label()).append(' ');
        }
        text.append("peer-disk:").append(status.peerDisk().label());
        if (!status.resyncSuspended().equals("no")) {
            text.append(" resync-suspended:").append(status.resyncSuspended());
        }
        ResyncProgress resync = status.resync();
        if (resync != null) {
            append(text, resync);
        } else if (status.outOfSyncBytes() > 0) {
            text.append(" out-of-sync:").append(Amount.bytes(status.outOfSyncBytes()));
        }
        text.append('\n');
        append(text, status.link());
        CertificateText.appendPeer(text, status.certificates());
    }

    private static void append(StringBuilder text, LinkStatus link) {
        text.append("    path:").append(link.path());
        if (link.compressing()) {
            text.append(" compressing:yes");
        }
        text.append('\n');
    }

    private static void append(StringBuilder text, @Nullable HandshakeStatus handshake) {
        if (handshake == null) {
            return;
        }
        text.append("  handshake:").append(handshake.verdict());
        text.append(" rule:").append(handshake.rule());
        if (!handshake.resolution().equals("none")) {
            text.append(" resolution:").append(handshake.resolution());
        }
        text.append(" at:").append(handshake.at()).append('\n');
        append(text, "self", handshake.selfGenerations());
        append(text, "peer", handshake.peerGenerations());
    }

    private static void appendSplitBrain(StringBuilder text, VolumeStatus status) {
        HandshakeStatus handshake = status.lastHandshake();
        if (handshake != null) {
            SplitBrainStatus.append(text, handshake.splitBrain());
        }
    }

    /** Current, bitmap and history, as DRBD prints them. */
    private static void append(StringBuilder text, String whose, List<String> generations) {
        text.append("    ").append(whose).append(':');
        text.append(String.join(":", generations)).append('\n');
    }

    private static void append(StringBuilder text, ResyncProgress resync) {
        text.append(
                String.format(
                        Locale.ROOT,
                        " done:%.2f%n    resync:%s of %s, %s/s",
                        Percent.of(resync.doneBytes(), resync.totalBytes()),
                        Amount.bytes(resync.doneBytes()),
                        Amount.bytes(resync.totalBytes()),
                        Amount.bytes(resync.bytesPerSecond())));
        if (resync.secondsLeft() >= 0) {
            text.append(", ").append(resync.secondsLeft()).append(" s left");
        }
        if (!resync.limit().equals("none")) {
            text.append(" limit:").append(resync.limit());
        }
        if (resync.wantedBytesPerSecond() > 0) {
            text.append(" want:").append(Amount.bytes(resync.wantedBytesPerSecond())).append("/s");
        }
    }
}
