package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.pki.Bundle;
import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.Passphrase;
import dev.rhizome.pki.PkiException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

    /** An authority of this test's own. */
    @BeforeEach
    void setUp() throws PkiException {
        authority = cluster.folder().resolve("authority");
        CertificateAuthority made = CertificateAuthority.create(authority, "test");
        for (NodeProcess node : nodes()) {
            made.issue(node.name(), authority);
            install(node, true);
        }
    }

    private List<NodeProcess> nodes() {
        return List.of(cluster.alpha(), cluster.beta());
    }

    private void pki(String verb, String... more) {
        List<String> words = new ArrayList<>(List.of("pki", verb));
        words.addAll(List.of("--directory", authority.toString()));
        words.addAll(List.of(more));
        Rhizome.run(words.toArray(String[]::new)).orFail();
    }

    private void issue(NodeProcess node, int days, @Nullable Path passphrase) throws PkiException {
        CertificateAuthority.open(authority)
                .issue(
                        node.name(),
                        authority,
                        Duration.ofDays(days),
                        Instant.now(),
                        true,
                        passphrase == null ? null : Passphrase.read(passphrase));
        install(node, false);
    }

    private void install(NodeProcess node, boolean force) throws PkiException {
        Bundle.install(node.certificates(), Bundle.of(authority, node.name()), force);
    }

    /** Takes a bundle to a node, as an operator does. */
    private void send(NodeProcess node, String whose) {
        String program = Rhizome.command().get(0);
        String line =
                "'%1$s' pki bundle -d '%2$s' %4$s | '%1$s' pki install -d '%3$s'"
                        .formatted(program, authority, node.certificates(), whose);
        Tool.run(Waiting.LIMIT, Rhizome.environment(), List.of("sh", "-c", line)).orFail();
    }

    private void renew(NodeProcess node) {
        String before = node.status().ownSerial();
        pki("renew", node.name());
        send(node, node.name());
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

        issue(cluster.beta(), 9, null);
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal);
    }

    private void renewWhileTheLinkStays(StampedWriter writer) {
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

    private void revokeBeta() {
        pki("revoke", "beta");
        send(cluster.alpha(), "");
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

        install(alpha, false);
        assertThat(alpha.rhizome("adjust").exitCode()).isZero();
        assertThat(alpha.status().certificateWarnings()).isEqualTo("[]");
    }

    @Test
    void aCertificateThatEndsSoonIsWarnedOf() throws Exception {
        issue(cluster.alpha(), 12, null);
        cluster.startBoth();

        assertThat(cluster.alpha().status().certificateWarnings())
                .contains("this node's certificate, 'alpha', expires in 11 days");
        assertThat(cluster.beta().status().certificateWarnings())
                .contains("the peer's certificate expires in 11 days");
        cluster.alpha().process().awaitLine("expires in 11 days");
        cluster.alpha()
                .await("an event", s -> s.events().contains("certificate-warning: this node's"));

        issue(cluster.alpha(), 50, null);
        cluster.alpha().await("no warning", s -> s.certificateWarnings().equals("[]"));
    }

    @Test
    void aNodeWithAnEncryptedKey() throws Exception {
        Path passphrase = cluster.folder().resolve("passphrase");
        Files.writeString(passphrase, "correct horse\n");
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
        issue(cluster.alpha(), 50, passphrase);
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
