package dev.rhizome.replicator;

import dev.rhizome.core.Replica;
import dev.rhizome.core.request.RequestCounters;
import dev.rhizome.core.role.NodeState;

/** Makes snapshots of a volume's status; on the event loop, but for the first. */
final class StatusSource {
    private final LocalVolume.Parts parts;
    private final Replica replica;
    private final ResyncRate rate = new ResyncRate();

    StatusSource(LocalVolume.Parts parts, Replica replica) {
        this.parts = parts;
        this.replica = replica;
    }

    void sample(long nowNs) {
        rate.sample(nowNs, replica.resyncTotalBytes(), replica.resyncDoneBytes());
    }

    VolumeStatus now() {
        NodeState state = replica.state();
        VolumeOptions options = parts.options();
        return new VolumeStatus(
                options.resource(),
                options.node(),
                options.peer(),
                state.role(),
                state.peerRole(),
                state.disk(),
                state.peerDisk(),
                state.connection(),
                state.connectionReason(),
                state.replication(),
                parts.config().volumeBytes(),
                options.disk().toString(),
                rate.progress(
                        System.nanoTime(), replica.resyncTotalBytes(), replica.resyncDoneBytes()),
                replica.resyncedBytes(),
                replica.superblock().generations().asText(),
                parts.queue().description(),
                parts.tlsEngine(),
                counters(),
                parts.journal().recent());
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
                done.failed());
    }
}
