package dev.rhizome.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import org.bouncycastle.operator.OperatorCreationException;

/**
 * A cluster's private certificate authority: a peer is who its certificate says, and only this
 * authority says so. Keys are EC P-256, signatures SHA-256 with ECDSA. Keep {@code ca.key} off the
 * nodes where you can: whoever has it can be any node.
 */
public final class CertificateAuthority {

    /** How long an authority is valid unless said otherwise. */
    public static final Duration DEFAULT_VALIDITY = Duration.ofDays(3653);

    /** How long a node's certificate is valid unless said otherwise. */
    public static final Duration DEFAULT_NODE_VALIDITY = Duration.ofDays(398);

    /** How far back a certificate starts by default, for nodes whose clocks are behind. */
    public static final Duration CLOCK_SKEW = Duration.ofHours(1);

    static final String FILE_STEM = "ca";

    private final X509Certificate certificate;
    private final PrivateKey key;

    private CertificateAuthority(X509Certificate certificate, PrivateKey key) {
        this.certificate = certificate;
        this.key = key;
    }

    /**
     * Creates an authority with the default validity; refuses to replace one.
     *
     * @see #create(Path, String, Duration, Instant, boolean)
     */
    public static CertificateAuthority create(Path directory, String clusterName)
            throws PkiException {
        return create(directory, clusterName, DEFAULT_VALIDITY, startNow(), false);
    }

    /**
     * Creates an authority: {@code ca.crt} (PEM) and {@code ca.key} (PKCS#8 PEM, mode 0600).
     *
     * @param directory where; made if it is not there, for its owner only
     * @param clusterName goes into the subject: CN=NAME CA
     * @param validity from notBefore on
     * @param notBefore when it starts to be valid
     * @param force replace an existing authority: all certificates of the old one are void then
     * @throws PkiException if a file exists and force is not given, or cannot be written
     */
    public static CertificateAuthority create(
            Path directory, String clusterName, Duration validity, Instant notBefore, boolean force)
            throws PkiException {
        Names.checkCluster(clusterName);
        checkPositive(validity);
        Path certificateFile = certificateFile(directory, FILE_STEM);
        Path keyFile = keyFile(directory, FILE_STEM);
        if (!force) {
            PemFiles.refuseExisting(certificateFile, keyFile);
        }
        PemFiles.ensureDirectory(directory);
        try {
            KeyPair pair = CertificateTemplate.newKey();
            X509Certificate certificate =
                    CertificateTemplate.authority(
                            clusterName + " CA", pair, notBefore, notBefore.plus(validity));
            PemFiles.writeKey(keyFile, CertificateTemplate.encoded(pair));
            PemFiles.writeCertificate(certificateFile, certificate.getEncoded());
            return new CertificateAuthority(certificate, pair.getPrivate());
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new PkiException("cannot make the authority: " + e.getMessage(), e);
        }
    }

    /**
     * Opens the authority in a directory.
     *
     * @throws PkiException if a file is missing or is not what it should be, or the key is not the
     *     certificate's
     */
    public static CertificateAuthority open(Path directory) throws PkiException {
        Path certificateFile = certificateFile(directory, FILE_STEM);
        Path keyFile = keyFile(directory, FILE_STEM);
        X509Certificate certificate = readCertificate(certificateFile);
        byte[] pkcs8 = PemFiles.read(keyFile, "PRIVATE KEY");
        try {
            PrivateKey key =
                    KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            if (certificate.getBasicConstraints() < 0) {
                throw new PkiException(certificateFile + " is not an authority's certificate");
            }
            if (!belongTogether(certificate, key)) {
                throw new PkiException(
                        keyFile + " is not the key of " + certificateFile + "; restore the pair");
            }
            return new CertificateAuthority(certificate, key);
        } catch (GeneralSecurityException e) {
            throw new PkiException("cannot use " + keyFile + ": " + e.getMessage(), e);
        }
    }

    /**
     * Issues a node's certificate with the default validity; refuses to replace one.
     *
     * @see #issue(String, Path, Duration, Instant, boolean)
     */
    public IssuedCertificate issue(String nodeName, Path directory) throws PkiException {
        return issue(nodeName, directory, DEFAULT_NODE_VALIDITY, startNow(), false);
    }

    /**
     * Issues a node's certificate; refuses to replace one.
     *
     * @see #issue(String, Path, Duration, Instant, boolean)
     */
    public IssuedCertificate issue(
            String nodeName, Path directory, Duration validity, Instant notBefore)
            throws PkiException {
        return issue(nodeName, directory, validity, notBefore, false);
    }

    /**
     * Issues a node's certificate and a new key: {@code NODE.crt} and {@code NODE.key} (mode 0600).
     * It never outlives the authority.
     *
     * @param nodeName 1 to 63 letters, digits, dots, hyphens and underscores; becomes CN and SAN
     * @param directory where; made if it is not there, for its owner only
     * @param validity from notBefore on
     * @param notBefore when it starts to be valid
     * @param force replace an existing certificate and key
     * @throws PkiException if a file exists and force is not given, or cannot be written, or the
     *     authority ends before notBefore
     */
    public IssuedCertificate issue(
            String nodeName, Path directory, Duration validity, Instant notBefore, boolean force)
            throws PkiException {
        Names.checkNode(nodeName);
        checkPositive(validity);
        Path certificateFile = certificateFile(directory, nodeName);
        Path keyFile = keyFile(directory, nodeName);
        Instant authorityEnd = certificate.getNotAfter().toInstant();
        Instant end = notBefore.plus(validity);
        if (end.isAfter(authorityEnd)) {
            end = authorityEnd;
        }
        if (!end.isAfter(notBefore)) {
            throw new PkiException(
                    "the authority ended at " + authorityEnd + "; make a new one (pki init)");
        }
        if (!force) {
            PemFiles.refuseExisting(certificateFile, keyFile);
        }
        PemFiles.ensureDirectory(directory);
        try {
            KeyPair pair = CertificateTemplate.newKey();
            X509Certificate issued =
                    CertificateTemplate.node(
                            nodeName, pair.getPublic(), certificate, key, notBefore, end);
            PemFiles.writeKey(keyFile, CertificateTemplate.encoded(pair));
            PemFiles.writeCertificate(certificateFile, issued.getEncoded());
            return new IssuedCertificate(certificateFile, keyFile, issued);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new PkiException(
                    "cannot make a certificate for " + nodeName + ": " + e.getMessage(), e);
        }
    }

    /** The authority's certificate. */
    public X509Certificate certificate() {
        return certificate;
    }

    /** Where an authority's certificate is in its directory. */
    public static Path certificateFile(Path directory) {
        return certificateFile(directory, FILE_STEM);
    }

    private static Path certificateFile(Path directory, String name) {
        return directory.resolve(name + ".crt");
    }

    private static Path keyFile(Path directory, String name) {
        return directory.resolve(name + ".key");
    }

    private static Instant startNow() {
        return Instant.now().minus(CLOCK_SKEW);
    }

    private static void checkPositive(Duration validity) throws PkiException {
        if (validity.isNegative() || validity.isZero()) {
            throw new PkiException("a validity of " + validity + " is not possible");
        }
    }

    private static X509Certificate readCertificate(Path file) throws PkiException {
        byte[] der = PemFiles.read(file, "CERTIFICATE");
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509")
                            .generateCertificate(new ByteArrayInputStream(der));
        } catch (GeneralSecurityException e) {
            throw new PkiException(file + " holds no certificate: " + e.getMessage(), e);
        }
    }

    private static boolean belongTogether(X509Certificate certificate, PrivateKey key)
            throws GeneralSecurityException {
        byte[] sample = certificate.getEncoded();
        Signature signer = Signature.getInstance("SHA256withECDSA");
        signer.initSign(key);
        signer.update(sample);
        byte[] signature = signer.sign();
        signer.initVerify(certificate.getPublicKey());
        signer.update(sample);
        return signer.verify(signature);
    }
}
