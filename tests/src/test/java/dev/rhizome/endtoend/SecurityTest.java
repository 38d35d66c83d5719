package dev.rhizome.endtoend;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.PkiException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may be the peer; and that both nodes say why somebody may not. */
@Timeout(120)
final class SecurityTest {
    private static final Duration A_DAY = Duration.ofDays(1);

    @RegisterExtension final Cluster cluster = new Cluster();

    private static CertificateAuthority clusterAuthority() throws PkiException {
        return CertificateAuthority.open(Cluster.authority());
    }

    @Test
    void aNodeOfAnotherAuthorityIsRefused() throws Exception {
        Path foreign = cluster.folder().resolve("foreign");
        CertificateAuthority.create(
                        foreign, "foreign", A_DAY, Instant.now().minus(A_DAY.dividedBy(2)), false)
                .issue("beta", foreign);
        Cluster.copyCertificates(foreign, cluster.beta());

        cluster.alpha().launch();
        cluster.beta().start();
        cluster.alpha().awaitReady();

        for (NodeProcess node : List.of(cluster.alpha(), cluster.beta())) {
            node.await(
                    "why there is no link",
                    status ->
                            !status.connected()
                                    && (status.connectionReason().contains("not signed by")));
            node.process().awaitLine("not signed by");
            assertThat(node.status().replication()).isEqualTo("Off");
        }
    }

    @Test
    void aNodeWithAnExpiredCertificateDoesNotComeUp() throws Exception {
        Path expired = cluster.folder().resolve("expired");
        clusterAuthority()
                .issue("beta", expired, A_DAY, Instant.now().minus(A_DAY.multipliedBy(2)));
        Files.copy(Cluster.authority().resolve("ca.crt"), expired.resolve("ca.crt"));
        Cluster.copyCertificates(expired, cluster.beta());

        cluster.beta().start();

        Status status = cluster.beta().status();
        assertThat(status.up()).isFalse();
        assertThat(status.downReason()).contains("beta.crt has expired");
        assertThat(cluster.beta().rhizome("up", "r0").exitCode()).isEqualTo(11);
    }

    @Test
    void anExpiredCertificateIsRefusedByThePeer() throws Exception {
        Tool.require("openssl");
        Path expired = cluster.folder().resolve("expired");
        clusterAuthority()
                .issue("beta", expired, A_DAY, Instant.now().minus(A_DAY.multipliedBy(2)));
        cluster.alpha().start();

        String said =
                Strangers.tlsClient(
                        cluster.alphaPort(),
                        expired.resolve("beta.crt"),
                        expired.resolve("beta.key"));

        assertThat(said).contains("certificate expired");
        cluster.alpha().process().awaitLine("peer's certificate has expired on");
    }

    @Test
    void aNodeOfAnotherNameIsRefused() throws Exception {
        NodeProcess gamma = gamma();
        try {
            cluster.alpha().launch();
            gamma.start();
            cluster.alpha().awaitReady();

            cluster.alpha()
                    .await(
                            "why there is no link",
                            s ->
                                    s.connectionReason().contains("certificate is for 'gamma'")
                                            && s.connectionReason().contains("expected 'beta'"));
            gamma.await(
                    "that it was refused",
                    status -> status.connectionReason().contains("certificate is for 'gamma'"));
            assertThat(cluster.alpha().status().connected()).isFalse();
            assertThat(gamma.status().connected()).isFalse();
        } finally {
            gamma.close();
        }
    }

    /** A node with a certificate of the right authority that dials alpha in beta's place. */
    private NodeProcess gamma() throws Exception {
        Path configuration = cluster.folder().resolve("gamma.conf");
        NodeProcess gamma = new NodeProcess("gamma", cluster.folder(), configuration);
        Files.writeString(configuration, cluster.configuration(cluster.alpha(), gamma));
        Files.copy(cluster.beta().disk(), gamma.disk());
        Path issued = cluster.folder().resolve("issued");
        clusterAuthority().issue("gamma", issued);
        Files.copy(Cluster.authority().resolve("ca.crt"), issued.resolve("ca.crt"));
        Cluster.copyCertificates(issued, gamma);
        return gamma;
    }

    @Test
    void aCertificateForAnotherNodeIsNotUsed() throws Exception {
        Path wrong = cluster.folder().resolve("wrong");
        clusterAuthority().issue("gamma", wrong);
        Path own = cluster.beta().certificates();
        Files.copy(wrong.resolve("gamma.crt"), own.resolve("beta.crt"), REPLACE_EXISTING);
        Files.copy(wrong.resolve("gamma.key"), own.resolve("beta.key"), REPLACE_EXISTING);

        cluster.beta().start();

        assertThat(cluster.beta().status().downReason())
                .contains("is for 'gamma', not for this node 'beta'");
    }
}
