package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Certificates are renewed and taken back while the nodes are at work. */
@Timeout(180)
final class PkiTest {
    private static final int SOME_WRITES = 500;

    @RegisterExtension final Cluster cluster = new Cluster();

    private Path authority;

    /** An authority of this test's own, by the two lines of the manual. */
    @BeforeEach
    void setUp() throws IOException {
        authority = cluster.folder().resolve("authority");
        pki("init", "--nodes", "alpha,beta").orFail();
        for (NodeProcess node : nodes()) {
            install(node, true, node.name());
        }
    }

    private List<NodeProcess> nodes() {
        return List.of(cluster.alpha(), cluster.beta());
    }

    private Tool.Result pki(String verb, String... more) {
        String[] words = new String[more.length + 4];
        words[0] = "pki";
        words[1] = verb;
        words[2] = "--directory";
        words[3] = authority.toString();
        System.arraycopy(more, 0, words, 4, more.length);
        return Rhizome.run(words);
    }

    /** Takes a bundle to a node. */
    private void install(NodeProcess node, boolean force, String... whose) throws IOException {
        Path bundle = cluster.folder().resolve("bundle");
        Files.writeString(bundle, pki("bundle", whose).orFail());
        Tool.Result result =
                force
                        ? Rhizome.run(
                                "pki",
                                "install",
                                "--directory",
                                node.certificates().toString(),
                                "--force",
                                bundle.toString())
                        : Rhizome.run(
                                "pki",
                                "install",
                                "--directory",
                                node.certificates().toString(),
                                bundle.toString());
        result.orFail();
    }

    private void renew(NodeProcess node) throws IOException {
        String before = node.status().ownSerial();
        pki("renew", node.name()).orFail();
        install(node, false, node.name());
        node.await("its renewed certificate", status -> !status.ownSerial().equals(before));
    }

    private void writeSome(StampedWriter writer) {
        writer.awaitMore(SOME_WRITES);
    }

    @Test
    void renewedAndRevokedUnderLoad() throws Exception {
        Tool.requireLibnbd();
        cluster.startInStep();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal, 0)) {
            writeSome(writer);
            renewWhileTheLinkStays(writer);
            writeSome(writer);
            reconnect();
            writeSome(writer);
            revokeBeta();
            writeSome(writer);
            assertThat(writer.stop().failed()).as("failed requests").isZero();
        }
        StampedWriter.requireNoneLost(cluster.alpha(), journal);
        assertThat(cluster.alpha().status().failed()).isZero();

        pki("issue", "beta", "--force").orFail();
        install(cluster.beta(), false, "beta");
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal);
    }

    private void renewWhileTheLinkStays(StampedWriter writer) throws IOException {
        for (NodeProcess node : nodes()) {
            Status before = node.status();
            assertThat(before.shownSerial()).isEqualTo(before.ownSerial());
            renew(node);
            writeSome(writer);
            Status after = node.status();
            assertThat(after.links()).as("the same link").isEqualTo(before.links());
            assertThat(after.path()).isEqualTo(before.path());
            assertThat(after.shownSerial()).isEqualTo(before.ownSerial());
            assertThat(after.events()).contains("certificate-renewed: for new connections: ");
            assertThat(node.logged(" is down:")).isZero();
        }
    }

    /** The next link is made with what is new. */
    private void reconnect() {
        NodeProcess beta = cluster.beta();
        beta.disconnect();
        beta.connect();
        beta.await("up to date again", Status::mirrored);
        Status atAlpha = cluster.alpha().await("the same", Status::mirrored);
        Status atBeta = beta.status();
        assertThat(atAlpha.shownSerial()).isEqualTo(atAlpha.ownSerial());
        assertThat(atBeta.shownSerial()).isEqualTo(atBeta.ownSerial());
        assertThat(atAlpha.peerSerial()).isEqualTo(atBeta.ownSerial());
        assertThat(atBeta.peerSerial()).isEqualTo(atAlpha.ownSerial());
    }

    private void revokeBeta() throws IOException {
        pki("revoke", "beta").orFail();
        install(cluster.alpha(), false);
        cluster.alpha()
                .await(
                        "that beta is refused",
                        status ->
                                !status.connected()
                                        && status.connectionReason()
                                                .contains("peer's certificate was revoked on 20"));
        cluster.beta()
                .await(
                        "why it is",
                        status ->
                                !status.connected()
                                        && status.connectionReason()
                                                .contains(
                                                        "peer refused our certificate: it was"
                                                                + " revoked; issue a new one"));
        assertThat(cluster.alpha().logged("is down: peer's certificate was revoked on 20"))
                .isEqualTo(1);
    }

    @Test
    void filesThatAreNotGoodAreToldAndChangeNothing() throws Exception {
        cluster.startBoth();
        NodeProcess alpha = cluster.alpha();
        String serial = alpha.status().ownSerial();
        Path certificate = alpha.certificates().resolve("alpha.crt");
        Files.writeString(certificate, "garbage");

        Tool.Result adjusted = alpha.rhizome("adjust");

        assertThat(adjusted.exitCode()).isEqualTo(11);
        assertThat(adjusted.output())
                .contains("certificate-problem")
                .contains(certificate + " holds no certificate in PEM form");
        Status status = alpha.status();
        assertThat(status.connected()).isTrue();
        assertThat(status.links()).isEqualTo(1);
        assertThat(status.ownSerial()).isEqualTo(serial);
        assertThat(status.certificateWarnings()).contains("the certificate of before stays in use");
        assertThat(alpha.rhizome("status").orFail()).contains("  warning:" + certificate);

        install(alpha, false, "alpha");
        assertThat(alpha.rhizome("adjust").exitCode()).isZero();
        assertThat(alpha.status().certificateWarnings()).isEqualTo("[]");
    }

    @Test
    void aCertificateThatEndsSoonIsWarnedOf() throws Exception {
        pki("issue", "alpha", "--force", "--days", "12").orFail();
        install(cluster.alpha(), false, "alpha");
        cluster.startBoth();

        assertThat(cluster.alpha().status().certificateWarnings())
                .contains("this node's certificate, 'alpha', expires in 11 days");
        assertThat(cluster.beta().status().certificateWarnings())
                .contains("the peer's certificate expires in 11 days");
        cluster.alpha().process().awaitLine("expires in 11 days");
        cluster.alpha()
                .await("an event", s -> s.events().contains("certificate-warning: this node's"));

        pki("renew", "alpha").orFail();
        install(cluster.alpha(), false, "alpha");
        cluster.alpha().await("no warning", s -> s.certificateWarnings().equals("[]"));
    }

    @Test
    void aNodeWithAnEncryptedKey() throws Exception {
        Path passphrase = cluster.folder().resolve("passphrase");
        Files.writeString(passphrase, "correct horse\n");
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
        pki("issue", "alpha", "--force", "--key-passphrase-file", passphrase.toString()).orFail();
        install(cluster.alpha(), false, "alpha");
        cluster.beta().launch();
        cluster.alpha().start();
        assertThat(cluster.alpha().status().downReason())
                .contains("alpha.key is encrypted; name the file with its passphrase");
        assertThat(cluster.alpha().stop()).isZero();

        String text = Files.readString(cluster.configuration());
        Files.writeString(
                cluster.configuration(),
                text.replace(
                        "alpha.key\"",
                        "alpha.key\", key-passphrase-file = \"" + passphrase + "\""));
        cluster.alpha().start();

        cluster.beta().awaitReady();
        cluster.alpha().await("connected", Status::connected);
    }
}
