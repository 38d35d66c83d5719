package dev.rhizome.replicator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The two nodes "alpha" and "beta" of a resource in one JVM: real files, real TLS on loopback. */
final class Pair implements AutoCloseable {
    static final String RESOURCE = "r0";
    static final long DISK_BYTES = 12 << 20;
    private static final long LIMIT_SECONDS = 30;

    final Path folder;
    private final CertificateAuthority authority;
    private final Map<String, IssuedCertificate> certificates = new HashMap<>();
    private final Map<String, InetSocketAddress> addresses = new HashMap<>();
    private final List<ReplicatedVolume> opened = new ArrayList<>();

    Pair(Path folder) throws Exception {
        this.folder = folder;
        authority = CertificateAuthority.create(folder, "test");
        for (String node : List.of("alpha", "beta")) {
            certificates.put(node, authority.issue(node, folder));
            addresses.put(node, freeAddress());
        }
    }

    /** With both disks made. */
    static Pair created(Path folder) throws Exception {
        Pair pair = new Pair(folder);
        pair.createDisk("alpha");
        pair.createDisk("beta");
        return pair;
    }

    void createDisk(String node) throws Exception {
        emptyDisk(disk(node), DISK_BYTES);
        ReplicatedVolume.createMetadata(disk(node), RESOURCE, false);
    }

    static void emptyDisk(Path disk, long bytes) throws Exception {
        try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(bytes);
        }
    }

    Path disk(String node) {
        return folder.resolve(node + ".disk");
    }

    InetSocketAddress address(String node) {
        return Objects.requireNonNull(addresses.get(node));
    }

    IssuedCertificate certificate(String node) {
        return Objects.requireNonNull(certificates.get(node));
    }

    VolumeOptions.Builder options(String node) {
        String peer = node.equals("alpha") ? "beta" : "alpha";
        IssuedCertificate own = certificate(node);
        return VolumeOptions.builder(RESOURCE, node, peer)
                .disk(disk(node))
                .link(address(node), address(peer))
                .connectInterval(Duration.ofMillis(50))
                // A busy machine is not a dead peer.
                .pingTimeout(Duration.ofSeconds(20))
                .certificates(folder.resolve("ca.crt"), own.certificateFile(), own.keyFile());
    }

    ReplicatedVolume open(String node) throws VolumeException {
        return open(options(node));
    }

    ReplicatedVolume open(VolumeOptions.Builder options) throws VolumeException {
        ReplicatedVolume volume = ReplicatedVolume.open(options.build());
        opened.add(volume);
        return volume;
    }

    @Override
    public void close() {
        for (ReplicatedVolume volume : opened) {
            volume.close();
        }
    }

    // ---- waiting

    static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /** Waits for an event after which the status is as wanted, unless it is already. */
    static VolumeStatus await(ReplicatedVolume volume, Predicate<VolumeStatus> wanted)
            throws Exception {
        CompletableFuture<VolumeStatus> met = new CompletableFuture<>();
        volume.addListener(
                (event, status) -> {
                    if (wanted.test(status)) {
                        met.complete(status);
                    }
                });
        VolumeStatus now = volume.status();
        return wanted.test(now) ? now : get(met);
    }

    static void awaitInStep(ReplicatedVolume one, ReplicatedVolume other) throws Exception {
        await(one, Pair::inStep);
        await(other, Pair::inStep);
    }

    private static boolean inStep(VolumeStatus status) {
        return status.replication() == ReplicationState.ESTABLISHED
                && status.disk() == DiskState.UP_TO_DATE
                && status.peerDisk() == DiskState.UP_TO_DATE;
    }

    static CommandResult accepted(CompletableFuture<CommandResult> command) throws Exception {
        CommandResult result = get(command);
        assertThat(result.accepted()).as(result.toString()).isTrue();
        return result;
    }

    static String refused(CompletableFuture<CommandResult> command) throws Exception {
        CommandResult result = get(command);
        assertThat(result.accepted()).as(result.toString()).isFalse();
        return result.rule();
    }

    /** Waits until every thread of a volume has ended: the last of it, after its futures. */
    static void awaitNoThreads() throws Exception {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("rhizome-")) {
                thread.join(TimeUnit.SECONDS.toMillis(LIMIT_SECONDS));
                assertThat(thread.isAlive()).as(thread.toString()).isFalse();
            }
        }
    }

    // ---- bytes

    static ByteBuffer pattern(int seed, int bytes) {
        byte[] data = new byte[bytes];
        new Random(seed).nextBytes(data);
        return ByteBuffer.wrap(data);
    }

    static ByteBuffer read(ReplicatedVolume volume, long offset, int bytes) throws Exception {
        ByteBuffer target = ByteBuffer.allocate(bytes);
        get(volume.read(offset, target));
        assertThat(target.hasRemaining()).isFalse();
        return target.flip();
    }

    ByteBuffer onDisk(String node, long offset, int bytes) throws Exception {
        ByteBuffer target = ByteBuffer.allocate(bytes);
        try (FileChannel channel = FileChannel.open(disk(node), StandardOpenOption.READ)) {
            while (target.hasRemaining()) {
                assertThat(channel.read(target, offset + target.position())).isPositive();
            }
        }
        return target.flip();
    }

    void assertIdentical(long volumeBytes) throws Exception {
        int bytes = Math.toIntExact(volumeBytes);
        boolean same = onDisk("alpha", 0, bytes).equals(onDisk("beta", 0, bytes));
        assertThat(same).as("both disks hold the same").isTrue();
    }

    static InetSocketAddress freeAddress() throws Exception {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) probe.getLocalSocketAddress();
        }
    }
}
