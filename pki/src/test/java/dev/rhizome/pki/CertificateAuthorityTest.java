package dev.rhizome.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateAuthorityTest {
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

    private final Path directory;

    CertificateAuthorityTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @Test
    void issuesACertificateThatTheJdkAccepts() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory, "farm");
        IssuedCertificate issued = authority.issue("alpha", directory);

        assertThat(issued.certificateFile()).isEqualTo(directory.resolve("alpha.crt"));
        X509Certificate leaf = read(issued.certificateFile());
        validate(leaf, read(directory.resolve("ca.crt")));
        assertThat(leaf.getSubjectX500Principal().getName()).isEqualTo("CN=alpha");
        assertThat(leaf.getIssuerX500Principal().getName()).isEqualTo("CN=farm CA");
        assertThat(leaf.getSubjectAlternativeNames()).containsExactly(List.of(2, "alpha"));
        assertThat(leaf.getExtendedKeyUsage()).containsExactlyInAnyOrder(CLIENT_AUTH, SERVER_AUTH);
        assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
        assertThat(leaf.getSigAlgName()).isEqualTo("SHA256withECDSA");
        assertThat(leaf.getSerialNumber().bitLength()).isEqualTo(128);
        assertThat(leaf.getNotBefore().toInstant())
                .isBefore(Instant.now().minus(CertificateAuthority.CLOCK_SKEW.dividedBy(2)));
        assertThat(authority.certificate().getBasicConstraints()).isZero();
    }

    @Test
    void refusesAStrangersCertificate() throws Exception {
        CertificateAuthority ours = CertificateAuthority.create(directory.resolve("a"), "farm");
        CertificateAuthority theirs = CertificateAuthority.create(directory.resolve("b"), "farm");
        IssuedCertificate issued = theirs.issue("alpha", directory);

        assertThatThrownBy(() -> validate(issued.certificate(), ours.certificate()))
                .isInstanceOf(CertPathValidatorException.class);
    }

    @Test
    void canMakeAnExpiredCertificate() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory, "farm");
        Instant longAgo = Instant.now().minus(10, ChronoUnit.DAYS);
        IssuedCertificate issued = authority.issue("alpha", directory, Duration.ofDays(1), longAgo);

        assertThatThrownBy(() -> validate(issued.certificate(), authority.certificate()))
                .isInstanceOfSatisfying(
                        CertPathValidatorException.class,
                        e ->
                                assertThat(e.getReason())
                                        .isEqualTo(CertPathValidatorException.BasicReason.EXPIRED));
    }

    @Test
    void aNodeNeverOutlivesItsAuthority() throws Exception {
        Instant start = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        CertificateAuthority authority =
                CertificateAuthority.create(directory, "farm", Duration.ofDays(30), start, false);

        X509Certificate leaf = authority.issue("alpha", directory).certificate();
        assertThat(leaf.getNotAfter()).isEqualTo(authority.certificate().getNotAfter());

        Instant late = start.plus(31, ChronoUnit.DAYS);
        assertThatThrownBy(() -> authority.issue("beta", directory, Duration.ofDays(1), late))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("make a new one");
    }

    @Test
    void keysAreForTheirOwnerOnlyAndNothingTemporaryStays() throws Exception {
        CertificateAuthority.create(directory, "farm").issue("alpha", directory);

        assertThat(mode("ca.key")).isEqualTo("rw-------");
        assertThat(mode("alpha.key")).isEqualTo("rw-------");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "ca.crt", "ca.key", "ca.crl", "alpha.crt", "alpha.key", "issued");
        }
    }

    @Test
    void keyAndCertificateWorkInATlsContext() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory, "farm");
        IssuedCertificate issued = authority.issue("alpha_1.example-net", directory);
        byte[] pkcs8 = PemFiles.read(issued.keyFile(), "PRIVATE KEY").getContent();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "node",
                java.security.KeyFactory.getInstance("EC")
                        .generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(pkcs8)),
                new char[0],
                new X509Certificate[] {issued.certificate(), authority.certificate()});
        KeyManagerFactory keys =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), null, null);

        assertThat(context.createSSLEngine().getSupportedProtocols()).contains("TLSv1.3");
    }

    @Test
    void opensWhatItCreated() throws Exception {
        X509Certificate created = CertificateAuthority.create(directory, "farm").certificate();
        CertificateAuthority opened = CertificateAuthority.open(directory);

        assertThat(opened.certificate()).isEqualTo(created);
        validate(opened.issue("alpha", directory).certificate(), created);
    }

    @Test
    void refusesToReplaceWithoutForce() throws Exception {
        CertificateAuthority first = CertificateAuthority.create(directory, "farm");
        first.issue("alpha", directory);
        byte[] before = Files.readAllBytes(directory.resolve("alpha.key"));

        assertThatThrownBy(() -> CertificateAuthority.create(directory, "farm"))
                .isInstanceOf(PkiException.class)
                .hasMessage(
                        directory.resolve("ca.crt") + " exists already; use --force to replace it");
        assertThatThrownBy(() -> first.issue("alpha", directory)).isInstanceOf(PkiException.class);
        assertThat(Files.readAllBytes(directory.resolve("alpha.key"))).isEqualTo(before);

        first.issue("alpha", directory, Duration.ofDays(1), Instant.now(), true);
        assertThat(Files.readAllBytes(directory.resolve("alpha.key"))).isNotEqualTo(before);
    }

    @Test
    void refusesAKeyThatIsNotTheCertificates() throws Exception {
        CertificateAuthority.create(directory.resolve("a"), "farm");
        CertificateAuthority.create(directory.resolve("b"), "farm");
        Files.copy(
                directory.resolve("a/ca.key"),
                directory.resolve("b/ca.key"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        assertThatThrownBy(() -> CertificateAuthority.open(directory.resolve("b")))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("is not the key of");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "-----BEGIN CERTIFICATE-----\n", "\u0000\u0001"})
    void sayInOneLineWhatIsWrongWithAFile(String content) throws Exception {
        CertificateAuthority.create(directory, "farm");
        Files.writeString(directory.resolve("ca.crt"), content);

        assertThatThrownBy(() -> CertificateAuthority.open(directory))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("ca.crt")
                .message()
                .doesNotContain("\n");
    }

    @Test
    void saysThatThereIsNoAuthority() {
        assertThatThrownBy(() -> CertificateAuthority.open(directory))
                .isInstanceOf(PkiException.class)
                .hasMessageStartingWith(
                        "cannot read " + directory.resolve("ca.crt") + ": there is no such file")
                .hasMessageEndingWith("(rhizome pki init)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "a b", "-a", "a\nb", "ä", "ca"})
    void refusesNamesThatAreNoFileNames(String name) throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory, "farm");
        assertThatThrownBy(() -> authority.issue(name, directory))
                .isInstanceOf(PkiException.class)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aNameHas63CharactersAtMost() throws Exception {
        CertificateAuthority authority = CertificateAuthority.create(directory, "farm");
        authority.issue("n".repeat(63), directory);
        assertThatThrownBy(() -> authority.issue("n".repeat(64), directory))
                .isInstanceOf(PkiException.class);
    }

    private String mode(String file) throws IOException {
        return PosixFilePermissions.toString(
                Files.getPosixFilePermissions(directory.resolve(file)));
    }

    private static X509Certificate read(Path file) throws Exception {
        try (var stream = Files.newInputStream(file)) {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(stream);
        }
    }

    private static void validate(X509Certificate leaf, X509Certificate authority) throws Exception {
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(authority, null)));
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX")
                .validate(
                        CertificateFactory.getInstance("X.509").generateCertPath(List.of(leaf)),
                        parameters);
    }
}
