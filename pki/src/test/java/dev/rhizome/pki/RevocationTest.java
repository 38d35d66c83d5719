package dev.rhizome.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are renewed, and taken back. */
final class RevocationTest {
    private static final Duration DAY = Duration.ofDays(1);

    private final Path directory;
    private final CertificateAuthority authority;
    private final Instant now = Instant.now();

    RevocationTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        authority = CertificateAuthority.create(directory, "farm");
    }

    private X509CRL list() throws Exception {
        try (var in = Files.newInputStream(CertificateAuthority.revocationFile(directory))) {
            X509CRL list = (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(in);
            list.verify(authority.certificate().getPublicKey());
            return list;
        }
    }

    private IssuedCertificate renew(String node) throws Exception {
        return authority.renew(node, directory, DAY.multipliedBy(9), now.minus(DAY), null);
    }

    private static BigInteger serial(IssuedCertificate issued) {
        return issued.certificate().getSerialNumber();
    }

    @Test
    void atFirstNobodyIsRevoked() throws Exception {
        assertThat(list().getRevokedCertificates()).isNull();
        assertThat(list().getNextUpdate()).isEqualTo(authority.certificate().getNotAfter());
    }

    @Test
    void allThatANodeHasIsRevoked() throws Exception {
        IssuedCertificate other = authority.issue("beta", directory);
        IssuedCertificate first = authority.issue("alpha", directory);
        IssuedCertificate second = renew("alpha");
        authority.issue("alpha", directory.resolve("old"), DAY, now.minus(DAY.multipliedBy(3)));

        List<BigInteger> revoked = authority.revoke("alpha", now);

        assertThat(Set.copyOf(revoked)).isEqualTo(Set.of(serial(first), serial(second)));
        assertThat(list().isRevoked(first.certificate())).isTrue();
        assertThat(list().isRevoked(second.certificate())).isTrue();
        assertThat(list().isRevoked(other.certificate())).isFalse();
        assertThat(authority.revoke("alpha", now)).isEmpty();
        assertThat(authority.revoke("beta", now)).hasSize(1);
        assertThat(list().getRevokedCertificates()).as("those of before stay").hasSize(3);
        IssuedCertificate third = authority.issue("alpha", directory, DAY, now.minus(DAY), true);
        assertThat(list().isRevoked(third.certificate())).isFalse();
    }

    @Test
    void aCertificateThatIsNotKnownIsRevokedByItsSerialNumber() throws Exception {
        IssuedCertificate lost = authority.issue("alpha", directory);
        Files.delete(directory.resolve("issued/" + Issued.serial(serial(lost)) + ".crt"));
        Files.delete(lost.certificateFile());
        assertThatThrownBy(() -> authority.revoke("alpha", now))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("no certificate of alpha is known in " + directory)
                .hasMessageContaining("give its serial number");
        Files.writeString(directory.resolve("damaged.crt"), "damaged");

        assertThat(authority.revoke(Issued.serial(serial(lost)), now))
                .isEqualTo(List.of(serial(lost)));

        assertThat(list().isRevoked(lost.certificate())).isTrue();
    }

    @Test
    void oneThatWasIssuedBeforeThereWereCopiesIsKnownWhereItLies() throws Exception {
        IssuedCertificate issued = authority.issue("alpha", directory);
        Files.delete(directory.resolve("issued/" + Issued.serial(serial(issued)) + ".crt"));

        assertThat(authority.revoke("alpha", now)).isEqualTo(List.of(serial(issued)));
    }

    @Test
    void aRenewedCertificateHasANewKeyAndTheOldOneStaysGoodUntilItIsRevoked() throws Exception {
        IssuedCertificate before = authority.issue("alpha", directory);
        byte[] oldKey = Files.readAllBytes(before.keyFile());

        IssuedCertificate after = renew("alpha");

        assertThat(after.certificateFile()).isEqualTo(before.certificateFile());
        assertThat(serial(after)).isNotEqualTo(serial(before));
        assertThat(Files.readAllBytes(after.keyFile())).isNotEqualTo(oldKey);
        assertThat(list().isRevoked(before.certificate())).isFalse();
        assertThat(authority.revokeOlder("alpha", after.certificate(), now))
                .isEqualTo(List.of(serial(before)));
        assertThat(list().isRevoked(before.certificate())).isTrue();
        assertThat(list().isRevoked(after.certificate())).isFalse();
    }

    @Test
    void onlyWhatThisAuthorityHasIssuedIsRenewed() throws Exception {
        assertThatThrownBy(() -> renew("alpha"))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("nothing to renew, use 'pki issue'");
        CertificateAuthority other =
                CertificateAuthority.create(directory.resolve("other"), "farm");
        other.issue("alpha", directory);
        assertThatThrownBy(() -> renew("alpha"))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining(directory.resolve("alpha.crt").toString())
                .hasMessageContaining("use 'pki issue --force'");
    }

    @Test
    void aListOfAnotherAuthorityIsNotExtended() throws Exception {
        authority.issue("alpha", directory);
        CertificateAuthority.create(directory.resolve("other"), "farm");
        Files.copy(
                directory.resolve("other/ca.crl"),
                directory.resolve("ca.crl"),
                StandardCopyOption.REPLACE_EXISTING);

        assertThatThrownBy(() -> authority.revoke("alpha", now))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining(directory.resolve("ca.crl").toString())
                .hasMessageContaining("not signed by this authority");
    }

    @Test
    void reportsSayWhatBecameOfEach() throws Exception {
        authority.issue("alpha", directory);
        IssuedCertificate renewed = renew("alpha");
        authority.revokeOlder("alpha", renewed.certificate(), now);
        authority.issue("old", directory, DAY, now.minus(DAY.multipliedBy(3)));

        List<CertificateReport> all = CertificateReport.of(directory, null, now);

        assertThat(all.get(0).authority()).isTrue();
        assertThat(CertificateReport.of(directory, "ca", now)).isEqualTo(List.of(all.get(0)));
        List<CertificateReport> alphas = CertificateReport.of(directory, "alpha", now);
        assertThat(alphas).extracting(CertificateReport::state).containsExactly("valid", "revoked");
        assertThat(alphas.get(0).file()).isEqualTo(renewed.certificateFile());
        assertThat(alphas.get(0).daysLeft()).isEqualTo(7);
        assertThat(alphas.get(0).fingerprint()).hasSize(95);
        assertThat(CertificateReport.of(directory, "old", now))
                .extracting(CertificateReport::state)
                .containsExactly("expired");
        CertificateAuthority other =
                CertificateAuthority.create(directory.resolve("other"), "farm");
        Path foreign = other.issue("alpha", directory.resolve("other")).certificateFile();
        assertThat(CertificateReport.of(directory, foreign.toString(), now))
                .extracting(CertificateReport::state)
                .containsExactly("foreign");
        assertThatThrownBy(() -> CertificateReport.of(directory, "nobody", now))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("no certificate of nobody is known");
    }

    @Test
    void opensslTakesTheListForWhatItIs() throws Exception {
        authority.issue("alpha", directory);
        authority.issue("beta", directory);
        authority.revoke("alpha", now);

        assertThat(verify("alpha")).contains("certificate revoked");
        assertThat(verify("beta")).startsWith("0 ").contains("OK");
    }

    private String verify(String node) throws Exception {
        return OpenSsl.run(
                "verify",
                "-crl_check",
                "-CAfile",
                directory.resolve("ca.crt").toString(),
                "-CRLfile",
                directory.resolve("ca.crl").toString(),
                directory.resolve(node + ".crt").toString());
    }
}
