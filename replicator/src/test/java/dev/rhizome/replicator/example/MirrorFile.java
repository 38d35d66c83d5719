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
record MirrorFile(Path folder, CertificateAuthority authority) {

    /** Arguments: an empty folder to work in, and the file to mirror. */
    public static void main(String... arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        byte[] file = Files.readAllBytes(Path.of(arguments[1]));
        new MirrorFile(folder, CertificateAuthority.create(folder, "example")).mirror(file);
    }

    private void mirror(byte[] file) throws Exception {
        int padded = (file.length + 4095) / 4096 * 4096;
        InetSocketAddress left = freeAddress();
        InetSocketAddress right = freeAddress();
        try (ReplicatedVolume alpha = node("alpha", left, "beta", right, padded);
                ReplicatedVolume beta = node("beta", right, "alpha", left, padded)) {
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

            System.out.println(alpha.demote(false).join().reason());
            System.out.println(beta.promote(false).join().reason());
            ByteBuffer copy = ByteBuffer.allocate(padded);
            beta.read(0, copy).join();
            Files.write(folder.resolve("copy"), Arrays.copyOf(copy.array(), file.length));
        }
    }

    private ReplicatedVolume node(
            String name, InetSocketAddress own, String peer, InetSocketAddress other, long bytes)
            throws Exception {
        Path disk = folder.resolve(name + ".disk");
        try (RandomAccessFile created = new RandomAccessFile(disk.toFile(), "rw")) {
            created.setLength(bytes + (4 << 20)); // room for the metadata at its end
        }
        ReplicatedVolume.createMetadata(disk, "r0", false);
        var issued = authority.issue(name, folder);
        Path trusted = folder.resolve("ca.crt");
        return ReplicatedVolume.open(
                VolumeOptions.builder("r0", name, peer)
                        .disk(disk)
                        .link(own, other)
                        .certificates(trusted, issued.certificateFile(), issued.keyFile())
                        .build());
    }

    private static InetSocketAddress freeAddress() throws Exception {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) probe.getLocalSocketAddress();
        }
    }
}
