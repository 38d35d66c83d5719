package dev.rhizome.replicator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.handshake.HandshakeReport;
import dev.rhizome.core.handshake.SharedOptions;
import dev.rhizome.core.handshake.SplitBrain;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.RequestCounters;
import dev.rhizome.core.role.NodeState;
import dev.rhizome.core.role.PromotionScore;
import dev.rhizome.transport.peer.LinkStatistics;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Makes snapshots of a volume's status; on the event loop, but for the first. */
final class StatusSource {
    private static final long SAMPLE_EVERY_NS = 250_000_000;

    private final LocalVolume.Parts parts;
    private final Replica replica;
    private final FrontEnds frontEnds;
    private final VolumeCertificates certificates;
    private final DiskLatencies disk;
    private final ResyncRate rate = new ResyncRate();
    private final VerifyRate verifyRate = new VerifyRate();
    private long sampledNs = System.nanoTime();
    private @Nullable HandshakeReport reported;
    private Instant reportedAt = Instant.EPOCH;

    StatusSource(
            LocalVolume.Parts parts,
            Replica replica,
            FrontEnds frontEnds,
            VolumeCertificates certificates,
            DiskLatencies disk) {
        this.disk = disk;
        this.certificates = certificates;
        this.parts = parts;
        this.replica = replica;
        this.frontEnds = frontEnds;
    }

    /** Not at every tick: a verify that is paced asks for one every few milliseconds. */
    void sample(long nowNs) {
        if (nowNs - sampledNs < SAMPLE_EVERY_NS) {
            return;
        }
        sampledNs = nowNs;
        rate.sample(nowNs, replica.resyncTotalBytes(), replica.resyncDoneBytes());
        verifyRate.sample(nowNs, replica.verifyReport());
    }

    VolumeStatus now() {
        NodeState state = replica.state();
        VolumeOptions options = parts.options();
        return new VolumeStatus(
                options.resource(),
                options.node(),
                options.peer(),
                state.role(),
                PromotionScore.mayPromote(state),
                PromotionScore.of(state),
                state.peerRole(),
                state.disk(),
                state.peerDisk(),
                state.connection(),
                state.connectionReason(),
                state.replication(),
                replica.volumeBytes(),
                options.disk().toString(),
                frontEnds.deviceStatus(),
                replica.suspension().label(),
                replica.suspension().meaning(),
                progress(),
                replica.resyncSuspended(),
                replica.resyncedBytes(),
                replica.outOfSyncBytes(),
                new ComparisonStatus(
                        replica.resyncSameBytes(),
                        replica.superblock().has(Flag.VERIFY_FOUND),
                        verifyRate.progress(System.nanoTime(), replica.verifyReport())),
                replica.superblock().generations().asText(),
                lastHandshake(),
                replica.differingOptions().stream().map(SharedOptions.Difference::line).toList(),
                parts.queue().description(),
                parts.tls().current().engine().title(),
                link(),
                certificates.status(),
                counters(),
                parts.journal().recent());
    }

    /** Where it is out of sync, as this node knows. */
    OutOfSyncMap map(int cells) {
        NodeState state = replica.state();
        return state.diskAttached() && !state.replication().target()
                ? OutOfSyncMap.of(replica.bitmap(), replica.resyncPositionBlocks(), cells)
                : OutOfSyncMap.UNKNOWN;
    }

    private @Nullable ResyncProgress progress() {
        ResyncProgress progress =
                rate.progress(
                        System.nanoTime(), replica.resyncTotalBytes(), replica.resyncDoneBytes());
        return progress == null ? null : progress.limitedBy(replica.resyncView());
    }

    private @Nullable HandshakeStatus lastHandshake() {
        HandshakeReport report = replica.lastHandshake();
        if (report == null) {
            return null;
        }
        if (!report.equals(reported)) {
            reported = report;
            reportedAt = Instant.now().minusNanos(System.nanoTime() - report.atNs());
        }
        return new HandshakeStatus(
                report.decision().verdict().label(),
                report.decision().rule().label(),
                report.decision().resolution().label(),
                report.meaning(),
                report.selfGenerations(),
                report.peerGenerations(),
                reportedAt.truncatedTo(ChronoUnit.SECONDS),
                openSplitBrain(report));
    }

    /** As long as it is not resolved; a Primary may have gone on changing blocks since. */
    private @Nullable SplitBrainReport openSplitBrain(HandshakeReport report) {
        SplitBrain found = SplitBrain.of(report);
        if (found == null || !found.open() || replica.state().connected()) {
            return null;
        }
        return SplitBrainReport.of(
                found.withOwnBlocks(replica.outOfSyncBlocks()), parts.options().resource());
    }

    private LinkStatus link() {
        LinkStatistics done = parts.linkStatistics();
        return new LinkStatus(
                done.count(),
                done.path(),
                done.compressing(),
                done.dataBytes(),
                done.dataWireBytes(),
                done.dataReceivedBytes(),
                done.dataReceivedWireBytes());
    }

    private VolumeCounters counters() {
        RequestCounters done = replica.counters();
        return new VolumeCounters(
                done.readBytes(),
                done.writtenBytes(),
                done.flushes(),
                done.sentBytes(),
                done.receivedBytes(),
                replica.inFlight(),
                done.failed(),
                replica.activityLogWrites(),
                replica.bitmapWrites(),
                new VolumeLatencies(
                        Latencies.of(done.reads()),
                        Latencies.of(done.writes()),
                        Latencies.of(done.fullFlushes()),
                        Latencies.of(done.peerWrites()),
                        Latencies.of(done.peerFlushes()),
                        Latencies.of(disk.reads()),
                        Latencies.of(disk.writes()),
                        Latencies.of(disk.flushes())));
    }
}
