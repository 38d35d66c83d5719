package dev.rhizome.replicator;

import dev.rhizome.transport.peer.PeerTls;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A certificate.
 *
 * @param subject whose it is
 * @param names the nodes' names in it
 * @param serial its serial number, hexadecimal
 * @param validUntil when it ends
 */
public record CertificateStatus(
        String subject, List<String> names, String serial, Instant validUntil) {

    static @Nullable CertificateStatus of(@Nullable X509Certificate certificate) {
        return certificate == null ? null : known(certificate);
    }

    static CertificateStatus known(X509Certificate certificate) {
        return new CertificateStatus(
                certificate.getSubjectX500Principal().getName(),
                PeerTls.namesOf(certificate),
                PeerTls.serial(certificate),
                certificate.getNotAfter().toInstant());
    }
}
