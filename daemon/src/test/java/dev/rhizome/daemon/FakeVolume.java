package dev.rhizome.daemon;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.replicator.CertificateStatus;
import dev.rhizome.replicator.CertificatesStatus;
import dev.rhizome.replicator.CommandResult;
import dev.rhizome.replicator.ComparisonStatus;
import dev.rhizome.replicator.ConnectMode;
import dev.rhizome.replicator.DeviceStatus;
import dev.rhizome.replicator.HandshakeStatus;
import dev.rhizome.replicator.IoCommand;
import dev.rhizome.replicator.Latencies;
import dev.rhizome.replicator.LinkStatus;
import dev.rhizome.replicator.OutOfSyncMap;
import dev.rhizome.replicator.ReplicatedVolume;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.SyncCommand;
import dev.rhizome.replicator.VolumeCounters;
import dev.rhizome.replicator.VolumeEvent;
import dev.rhizome.replicator.VolumeLatencies;
import dev.rhizome.replicator.VolumeListener;
import dev.rhizome.replicator.VolumeOptions;
import dev.rhizome.replicator.VolumeStatus;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A volume that says what it is told to say, and notes what it was asked. */
public final class FakeVolume implements ReplicatedVolume {
    private static final long GIB = 1L << 30;

    /** What was asked, in order. */
    public final List<String> calls = new CopyOnWriteArrayList<>();

    /** The answer to the next commands. */
    public volatile CompletableFuture<CommandResult> answer =
            CompletableFuture.completedFuture(new CommandResult(true, "done", "it is done"));

    /** What is found of the certificates. */
    public volatile CommandResult certificates =
            new CommandResult(true, "certificate-unchanged", "they are as they were");

    /** What happens when it is asked whether it answers. */
    public volatile Runnable onQuestion = () -> {};

    /** What happens before the status is told. */
    public volatile Runnable beforeStatus = () -> {};

    /** The status. */
    public volatile VolumeStatus status;

    /** What its close does first. */
    public volatile Runnable whileClosing = () -> {};

    /** How often its event loop was asked for an answer. */
    public final AtomicInteger questions = new AtomicInteger();

    /** What its event loop answers. */
    public volatile CompletableFuture<Void> roundTrip = CompletableFuture.completedFuture(null);

    /** Where it says that it is out of sync. */
    public volatile CompletableFuture<OutOfSyncMap> map =
            CompletableFuture.completedFuture(
                    new OutOfSyncMap(true, GIB, List.of(0L, 4096L, GIB, 0L)));

    private final List<String> journal;
    private final List<VolumeListener> listeners = new CopyOnWriteArrayList<>();

    public FakeVolume(VolumeOptions options, List<String> journal) {
        this.journal = journal;
        status = connected(options.resource(), options.node(), options.peer(), null);
    }

    /** A Primary that is connected, and resyncs its peer if there is a progress. */
    public static VolumeStatus connected(
            String resource, String node, String peer, @Nullable ResyncProgress resync) {
        return new VolumeStatus(
                resource,
                node,
                peer,
                Role.PRIMARY,
                false,
                10_102,
                Role.SECONDARY,
                DiskState.UP_TO_DATE,
                resync == null ? DiskState.UP_TO_DATE : DiskState.INCONSISTENT,
                ConnectionState.CONNECTED,
                "agreed",
                resync == null ? ReplicationState.ESTABLISHED : ReplicationState.SYNC_SOURCE,
                4 * GIB,
                "/dev/vg0/" + resource,
                new DeviceStatus("nbd", Path.of("/dev/nbd0"), Path.of("/dev/rhizome/" + resource)),
                "no",
                "",
                resync,
                "no",
                8192,
                resync == null ? 0 : resync.totalBytes() - resync.doneBytes(),
                new ComparisonStatus(4096, false, null),
                List.of("00000000000000A1", "0000000000000000", "00000000000000A0"),
                new HandshakeStatus(
                        "source-bitmap",
                        "split-brain-bitmap",
                        "discard-my-data",
                        "resolved",
                        List.of("00000000000000A1", "00000000000000A0"),
                        List.of("00000000000000A2", "00000000000000A0", "00000000000000A0"),
                        Instant.parse("2024-05-06T07:08:09Z"),
                        null),
                List.of(),
                "io_uring",
                "BoringSSL",
                new LinkStatus(
                        3, "192.168.7.2:7790, path 1 of 2", true, 65_536, 20_000, 4096, 4096),
                certificates(node, peer),
                new VolumeCounters(4096, 8192, 3, 16_384, 1024, 2, 1, 5, 7, latencies()),
                List.of(new VolumeEvent("promote", "became Primary")));
    }

    private static CertificatesStatus certificates(String node, String peer) {
        Instant end = Instant.parse("2034-05-06T07:08:09Z");
        CertificateStatus own = new CertificateStatus("CN=" + node, List.of(node), "A1", end);
        CertificateStatus authority = new CertificateStatus("CN=rhizome CA", List.of(), "A0", end);
        boolean up = !peer.isEmpty();
        return new CertificatesStatus(
                own,
                List.of(authority),
                up ? own : null,
                up ? new CertificateStatus("CN=" + peer, List.of(peer), "B1", end) : null,
                List.of());
    }

    private static VolumeLatencies latencies() {
        List<Long> counts = new ArrayList<>(Collections.nCopies(Latencies.upToNs().size() + 1, 0L));
        counts.set(4, 2L);
        Latencies two = new Latencies(counts, 1_500_000);
        return new VolumeLatencies(two, two, two, two, two, two, two, two);
    }

    /** A Secondary that has no peer. */
    public static VolumeStatus alone(String resource, String node, String peer) {
        return alone(
                resource,
                node,
                peer,
                ConnectionState.CONNECTING,
                "192.168.7.2:7790 refuses the connection",
                null);
    }

    /** A Secondary that is StandAlone after a handshake that has found a split brain. */
    public static VolumeStatus parted(String resource, String node, String peer) {
        HandshakeStatus found =
                new HandshakeStatus(
                        "disconnect",
                        "split-brain-bitmap",
                        "none",
                        "both have written",
                        List.of("00000000000000A1", "00000000000000A0"),
                        List.of("00000000000000A2", "00000000000000A0"),
                        Instant.parse("2024-05-06T07:08:09Z"),
                        null);
        return alone(resource, node, peer, ConnectionState.STAND_ALONE, "split brain", found);
    }

    private static VolumeStatus alone(
            String resource,
            String node,
            String peer,
            ConnectionState connection,
            String reason,
            @Nullable HandshakeStatus handshake) {
        VolumeStatus like = connected(resource, node, peer, null);
        return new VolumeStatus(
                resource,
                node,
                peer,
                Role.SECONDARY,
                false,
                0,
                Role.UNKNOWN,
                DiskState.CONSISTENT,
                DiskState.UNKNOWN,
                connection,
                reason,
                ReplicationState.OFF,
                like.sizeBytes(),
                like.diskPath(),
                null,
                "no",
                "",
                null,
                "user",
                0,
                1 << 20,
                like.comparison(),
                like.generations(),
                handshake,
                List.of("net.ping-timeout is 500 ms here, 2000 ms there"),
                like.ioEngine(),
                like.tlsEngine(),
                new LinkStatus(0, "", false, 0, 0, 0, 0),
                certificates(node, ""),
                like.counters(),
                List.of());
    }

    /** Something happens, after which the status is another one. */
    public void happens(String rule, VolumeStatus now) {
        status = now;
        listeners.forEach(each -> each.onEvent(new VolumeEvent(rule, "because of " + rule), now));
    }

    @Override
    public CompletableFuture<Void> roundTrip() {
        questions.incrementAndGet();
        onQuestion.run();
        return roundTrip;
    }

    @Override
    public VolumeStatus status() {
        beforeStatus.run();
        return status;
    }

    @Override
    public CompletableFuture<OutOfSyncMap> outOfSyncMap(int cells) {
        return map;
    }

    @Override
    public CompletableFuture<CommandResult> promote(boolean force) {
        return command("promote " + force);
    }

    @Override
    public CompletableFuture<CommandResult> resize(long volumeBytes, boolean assumeClean) {
        return command("resize " + volumeBytes + (assumeClean ? " as it is" : ""));
    }

    @Override
    public CompletableFuture<CommandResult> demote(boolean force) {
        return command(force ? "demote by force" : "demote");
    }

    @Override
    public CompletableFuture<CommandResult> connect(ConnectMode mode) {
        return command(mode == ConnectMode.NORMAL ? "connect" : "connect " + mode);
    }

    @Override
    public CompletableFuture<CommandResult> disconnect() {
        return command("disconnect");
    }

    @Override
    public CompletableFuture<CommandResult> io(IoCommand what) {
        return command("io " + what);
    }

    @Override
    public CompletableFuture<CommandResult> sync(SyncCommand what) {
        return command("sync " + what);
    }

    @Override
    public CompletableFuture<CommandResult> detach(boolean force) {
        return command(force ? "detach --force" : "detach");
    }

    @Override
    public CompletableFuture<CommandResult> adjust(VolumeOptions options) {
        return command("adjust " + options.diskPolicy().onIoError().label());
    }

    @Override
    public CompletableFuture<CommandResult> attach() {
        return command("attach");
    }

    @Override
    public CompletableFuture<CommandResult> verify(VerifyOrder order) {
        return command(
                "verify "
                        + order.kind()
                        + " "
                        + order.startBytes()
                        + " "
                        + order.stopBytes()
                        + " "
                        + order.repair());
    }

    @Override
    public CompletableFuture<CommandResult> refreshCertificates() {
        return CompletableFuture.completedFuture(certificates);
    }

    private CompletableFuture<CommandResult> command(String call) {
        calls.add(call);
        return answer;
    }

    @Override
    public CompletableFuture<Void> read(long offsetBytes, ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> write(long offsetBytes, ByteBuffer source, boolean fua) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> flush() {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> trim(long offsetBytes, long lengthBytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<Void> zero(long offsetBytes, long lengthBytes) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void addListener(VolumeListener listener) {
        listeners.add(listener);
        listener.onEvent(new VolumeEvent("listening", "a listener was added"), status);
    }

    @Override
    public void close() {
        whileClosing.run();
        journal.add("close " + status.resource());
    }
}
