package dev.rhizome.replicator.example;

import dev.rhizome.core.role.DiskState;
import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.replicator.ReplicatedVolume;
import dev.rhizome.replicator.VolumeOptions;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/** Mirrors a file between two replicas in one JVM, over TLS, and reads it from the other one. */
public final class MirrorFile {

    private MirrorFile() {}

    /** Arguments: an empty folder to work in, and the file to mirror. */
    public static void main(String... arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        byte[] file = Files.readAllBytes(Path.of(arguments[1]));
        int padded = (file.length + 4095) / 4096 * 4096;

        CertificateAuthority authority = CertificateAuthority.create(folder, "example");
        InetSocketAddress left = freeAddress();
        InetSocketAddress right = freeAddress();
        VolumeOptions alphaOptions = node(folder, authority, "alpha", "beta", left, right, padded);
        VolumeOptions betaOptions = node(folder, authority, "beta", "alpha", right, left, padded);

        try (ReplicatedVolume alpha = ReplicatedVolume.open(alphaOptions);
                ReplicatedVolume beta = ReplicatedVolume.open(betaOptions)) {
            CountDownLatch inStep = new CountDownLatch(1);
            beta.addListener(
                    (event, status) -> {
                        System.out.println("beta: " + event.reason());
                        if (status.disk() == DiskState.UP_TO_DATE) {
                            inStep.countDown();
                        }
                    });
            System.out.println(alpha.promote(true).join().reason());
            inStep.await();

            alpha.write(0, ByteBuffer.allocate(padded).put(file).rewind(), true).join();
            System.out.println(alpha.demote().join().reason());
            System.out.println(beta.promote(false).join().reason());

            ByteBuffer copy = ByteBuffer.allocate(padded);
            beta.read(0, copy).join();
            Files.write(folder.resolve("copy"), Arrays.copyOf(copy.array(), file.length));
        }
    }

    private static InetSocketAddress freeAddress() throws Exception {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) probe.getLocalSocketAddress();
        }
    }

    private static VolumeOptions node(
            Path folder,
            CertificateAuthority authority,
            String name,
            String peer,
            InetSocketAddress own,
            InetSocketAddress other,
            long bytes)
            throws Exception {
        Path disk = folder.resolve(name + ".disk");
        try (RandomAccessFile created = new RandomAccessFile(disk.toFile(), "rw")) {
            created.setLength(bytes + (4 << 20)); // room for the metadata at its end
        }
        ReplicatedVolume.createMetadata(disk, "r0", false);
        authority.issue(name, folder);
        return VolumeOptions.builder("r0", name, peer)
                .disk(disk)
                .link(own, other)
                .certificates(
                        folder.resolve("ca.crt"),
                        folder.resolve(name + ".crt"),
                        folder.resolve(name + ".key"))
                .build();
    }
}
