package dev.rhizome.daemon.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Until when certificates are good. */
final class Certificates {
    private static final Logger LOG = LoggerFactory.getLogger(Certificates.class);

    private Certificates() {}

    /** When the certificate in a file expires; the epoch if it cannot be read. */
    static Instant expiry(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in)
                            instanceof X509Certificate certificate
                    ? certificate.getNotAfter().toInstant()
                    : Instant.EPOCH;
        } catch (IOException | GeneralSecurityException e) {
            LOG.debug("{} is not readable: {}", file, e.getMessage());
            return Instant.EPOCH;
        }
    }
}
