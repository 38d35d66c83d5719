package dev.rhizome.replicator;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot of one replica.
 *
 * @param resource the resource's name
 * @param node this node's name
 * @param peer the peer's name
 * @param role this node's role
 * @param mayPromote whether a promotion would be granted as things are, without force
 * @param promotionScore how well this node would do as Primary, in DRBD's measure; 0 for not at all
 * @param peerRole the peer's; UNKNOWN while not connected
 * @param disk this node's disk state
 * @param peerDisk the peer's; UNKNOWN while not connected, or what is known of it
 * @param connection the link's state
 * @param connectionReason why it is in that state, one line
 * @param replication what flows over the link
 * @param sizeBytes the volume's size
 * @param diskPath the backing device
 * @param device the block device that the volume is, while Primary and attached; or null
 * @param suspended for what clients wait: no, or some of user, no-data, fencing, with commas
 * @param suspendedReason why, and what ends it, one line; empty if they do not
 * @param resync the running resync, or null
 * @param resyncSuspended whose operator has paused resyncs: no, user, peer, or user,peer
 * @param resyncedBytes the bytes that resyncs have copied since the volume was opened
 * @param outOfSyncBytes how much of the volume may differ from the peer's, as this node knows; of
 *     the running resync, what is left
 * @param comparison what comparisons of the two nodes' data have shown
 * @param generations current, bitmap, then history; 16 hexadecimal digits each
 * @param lastHandshake what the last handshake has decided; null if there was none since the volume
 *     was opened
 * @param optionsThatDiffer what the two nodes' configurations say differently, one line each
 * @param ioEngine "io_uring", or "worker-threads: " and why not io_uring
 * @param tlsEngine "BoringSSL" or "JDK"
 * @param link the link below that
 * @param certificates this node's and the peer's
 * @param counters what was done since the volume was opened
 * @param recentEvents the last events, oldest first
 */
public record VolumeStatus(
        String resource,
        String node,
        String peer,
        Role role,
        boolean mayPromote,
        int promotionScore,
        Role peerRole,
        DiskState disk,
        DiskState peerDisk,
        ConnectionState connection,
        String connectionReason,
        ReplicationState replication,
        long sizeBytes,
        String diskPath,
        @Nullable DeviceStatus device,
        String suspended,
        String suspendedReason,
        @Nullable ResyncProgress resync,
        String resyncSuspended,
        long resyncedBytes,
        long outOfSyncBytes,
        ComparisonStatus comparison,
        List<String> generations,
        @Nullable HandshakeStatus lastHandshake,
        List<String> optionsThatDiffer,
        String ioEngine,
        String tlsEngine,
        LinkStatus link,
        CertificatesStatus certificates,
        VolumeCounters counters,
        List<VolumeEvent> recentEvents) {}
