package dev.rhizome.pki;

import java.nio.file.Path;
import java.security.cert.X509Certificate;

/**
 * A certificate and its key, as they were written.
 *
 * @param certificateFile the certificate, PEM
 * @param keyFile the private key, PKCS#8 PEM, mode 0600
 * @param certificate what is in the certificate's file
 */
public record IssuedCertificate(Path certificateFile, Path keyFile, X509Certificate certificate) {}
