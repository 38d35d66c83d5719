package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.pki.CertificateAuthority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Clients elsewhere: by TCP and TLS, with certificates of the cluster. */
@Timeout(120)
final class RemoteClientsTest {
    private static final String REMOTE = "remote.py";

    @RegisterExtension final Cluster cluster = new Cluster();

    @BeforeEach
    void start() {
        Tool.requireLibnbd();
        cluster.startInStep();
    }

    /** A client's folder, with the names that libnbd expects. */
    private Path credentials(CertificateAuthority issuer, String name) throws Exception {
        Path folder = Files.createDirectory(cluster.folder().resolve(name));
        var issued = issuer.issue(name, folder.resolve("issued"));
        Files.copy(issued.certificateFile(), folder.resolve("client-cert.pem"));
        Files.copy(issued.keyFile(), folder.resolve("client-key.pem"));
        Files.copy(Cluster.authority().resolve("ca.crt"), folder.resolve("ca-cert.pem"));
        return folder;
    }

    private static Tool.Result client(NodeProcess node, Path credentials, String work) {
        return Tool.run(
                Tool.PYTHON,
                Tool.script(REMOTE),
                Integer.toString(node.nbdPort()),
                credentials.toString(),
                work);
    }

    private static boolean listens(NodeProcess node) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.nbdPort())) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aRemoteClientFollowsThePrimary() throws Exception {
        Path reader = credentials(CertificateAuthority.open(Cluster.authority()), "remote-client");
        assertThat(listens(cluster.beta())).isFalse();
        client(cluster.alpha(), reader, "write").orFail();
        cluster.requireIdentical();

        cluster.alpha().demote();
        assertThat(listens(cluster.alpha())).isFalse();
        cluster.beta().promote();

        client(cluster.beta(), reader, "read").orFail();
    }

    @Test
    void aStrangerIsNotLetIn() throws Exception {
        Duration day = Duration.ofDays(1);
        CertificateAuthority foreign =
                CertificateAuthority.create(
                        cluster.folder().resolve("foreign"), "foreign", day, Instant.now(), false);
        Path stranger = credentials(foreign, "stranger");
        assertThat(client(cluster.alpha(), stranger, "write").exitCode()).isNotZero();
        assertThat(client(cluster.alpha(), stranger, "plain").exitCode()).isNotZero();
        // GnuTLS shows none if it has none of an authority that the server names.
        cluster.alpha().process().awaitLine("no TLS: no certificate was shown");
    }
}
