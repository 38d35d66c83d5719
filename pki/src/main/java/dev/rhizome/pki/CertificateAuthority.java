package dev.rhizome.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.bouncycastle.operator.OperatorCreationException;
import org.jspecify.annotations.Nullable;

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

    private static final int HEXADECIMAL = 16;
    private static final int SURE_SERIAL_DIGITS = 24;
    private static final Pattern SERIAL = Pattern.compile("[0-9A-Fa-f]{1,40}");

    private final Path home;
    private final X509Certificate certificate;
    private final PrivateKey key;

    private CertificateAuthority(Path home, X509Certificate certificate, PrivateKey key) {
        this.home = home;
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

    /** Creates an authority whose key is not encrypted. */
    public static CertificateAuthority create(
            Path directory, String clusterName, Duration validity, Instant notBefore, boolean force)
            throws PkiException {
        return create(directory, clusterName, validity, notBefore, force, null);
    }

    /**
     * Creates an authority: {@code ca.crt} (PEM), {@code ca.key} (PKCS#8 PEM, mode 0600), and
     * {@code ca.crl}, the list of revoked certificates, which is empty.
     *
     * @param directory where; made if it is not there, for its owner only
     * @param clusterName goes into the subject: CN=NAME CA
     * @param validity from notBefore on
     * @param notBefore when it starts to be valid
     * @param force replace an existing authority: all certificates of the old one are void then
     * @param passphrase encrypts the key; null: it is not encrypted
     * @throws PkiException if a file exists and force is not given, or cannot be written
     */
    public static CertificateAuthority create(
            Path directory,
            String clusterName,
            Duration validity,
            Instant notBefore,
            boolean force,
            @Nullable Passphrase passphrase)
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
            RevocationList nobody =
                    RevocationList.next(
                            certificate, pair.getPrivate(), null, List.of(), false, notBefore);
            PemFiles.writePair(
                    keyFile,
                    PrivateKeys.toWrite(pair, passphrase),
                    certificateFile,
                    certificate.getEncoded());
            PemFiles.writeRevocations(revocationFile(directory), nobody.encoded());
            return new CertificateAuthority(directory, certificate, pair.getPrivate());
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new PkiException("cannot make the authority: " + e.getMessage(), e);
        }
    }

    /**
     * Opens the authority in a directory; its key must not be encrypted.
     *
     * @see #open(Path, Passphrase)
     */
    public static CertificateAuthority open(Path directory) throws PkiException {
        return open(directory, null);
    }

    /**
     * Opens the authority in a directory.
     *
     * @param passphrase of its key; null if it is not encrypted
     * @throws PkiException if a file is missing or is not what it should be, or the key is not the
     *     certificate's
     */
    public static CertificateAuthority open(Path directory, @Nullable Passphrase passphrase)
            throws PkiException {
        Path certificateFile = certificateFile(directory, FILE_STEM);
        Path keyFile = keyFile(directory, FILE_STEM);
        if (!Files.exists(certificateFile)) {
            throw new PkiException(
                    "cannot read "
                            + certificateFile
                            + ": there is no such file; say where the authority is with"
                            + " --directory, or make one (rhizome pki init)");
        }
        X509Certificate certificate = Issued.read(certificateFile);
        PrivateKey key = PrivateKeys.read(keyFile, passphrase);
        if (certificate.getBasicConstraints() < 0) {
            throw new PkiException(
                    certificateFile
                            + " is not an authority's certificate; restore the authority's ca.crt");
        }
        if (!PrivateKeys.belongTogether(certificate, key)) {
            throw new PkiException(
                    keyFile + " is not the key of " + certificateFile + "; restore the pair");
        }
        return new CertificateAuthority(directory, certificate, key);
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

    /** Issues a node's certificate with a key that is not encrypted. */
    public IssuedCertificate issue(
            String nodeName, Path directory, Duration validity, Instant notBefore, boolean force)
            throws PkiException {
        return issue(nodeName, directory, validity, notBefore, force, null);
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
     * @param passphrase encrypts the key; null: it is not encrypted
     * @throws PkiException if a file exists and force is not given, or cannot be written, or the
     *     authority ends before notBefore
     */
    public IssuedCertificate issue(
            String nodeName,
            Path directory,
            Duration validity,
            Instant notBefore,
            boolean force,
            @Nullable Passphrase passphrase)
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
            // First what it takes to revoke it.
            Issued.remember(home, issued);
            PemFiles.writePair(
                    keyFile,
                    PrivateKeys.toWrite(pair, passphrase),
                    certificateFile,
                    issued.getEncoded());
            return new IssuedCertificate(certificateFile, keyFile, issued);
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new PkiException(
                    "cannot make a certificate for " + nodeName + ": " + e.getMessage(), e);
        }
    }

    /**
     * Issues a new certificate and a new key in place of a node's. The one before stays good until
     * its end, or until it is revoked.
     *
     * @param directory where the certificate is
     * @param passphrase encrypts the key; null only if the one before was not encrypted
     * @throws PkiException if there is none, or it is not this authority's, or as for issue
     */
    public IssuedCertificate renew(
            String nodeName,
            Path directory,
            Duration validity,
            Instant notBefore,
            @Nullable Passphrase passphrase)
            throws PkiException {
        Names.checkNode(nodeName);
        Path file = certificateFile(directory, nodeName);
        if (!Files.exists(file)) {
            throw new PkiException(
                    file + " is not there: there is nothing to renew, use 'pki issue'");
        }
        X509Certificate before = Issued.read(file);
        if (!Issued.signed(certificate, before) || !Issued.names(before).contains(nodeName)) {
            throw new PkiException(
                    file
                            + " is not a certificate of this authority for "
                            + nodeName
                            + "; use 'pki issue --force'");
        }
        Path keyFile = keyFile(directory, nodeName);
        if (passphrase == null && Files.exists(keyFile) && PrivateKeys.isEncrypted(keyFile)) {
            throw new PkiException(
                    keyFile
                            + " is encrypted: name the file with a passphrase for the new one, too"
                            + " (--key-passphrase-file)");
        }
        return issue(nodeName, directory, validity, notBefore, true, passphrase);
    }

    /**
     * Takes back a node's certificates, all that are known and have not ended, or one by its serial
     * number: they are added to {@code ca.crl}. It counts where that file is.
     *
     * @param what a node's name, or a serial number (hexadecimal)
     * @return the serial numbers that were added; none if all were revoked already
     * @throws PkiException if no such certificate is known
     */
    public List<BigInteger> revoke(String what, Instant now) throws PkiException {
        String digits = what.replace(":", "");
        boolean serial = SERIAL.matcher(digits).matches();
        // A whole serial number needs nothing that could be damaged.
        if (!serial || digits.length() < SURE_SERIAL_DIGITS) {
            List<X509Certificate> known = Issued.of(Issued.all(home, certificate).keySet(), what);
            if (!known.isEmpty()) {
                return revoke(known, false, now);
            }
        }
        if (!serial) {
            throw new PkiException(
                    "no certificate of "
                            + what
                            + " is known in "
                            + home
                            + "; for one that was issued elsewhere give its serial number");
        }
        return revoke(now, Set.of(new BigInteger(digits, HEXADECIMAL)), false);
    }

    /** Takes back all certificates of a node that are known, but this one. */
    public List<BigInteger> revokeOlder(String nodeName, X509Certificate newest, Instant now)
            throws PkiException {
        List<X509Certificate> older =
                Issued.of(Issued.all(home, certificate).keySet(), nodeName).stream()
                        .filter(each -> !each.equals(newest))
                        .toList();
        return revoke(older, true, now);
    }

    private List<BigInteger> revoke(
            Collection<X509Certificate> certificates, boolean superseded, Instant now)
            throws PkiException {
        Set<BigInteger> serials = new LinkedHashSet<>();
        for (X509Certificate each : certificates) {
            if (now.isBefore(each.getNotAfter().toInstant())) {
                serials.add(each.getSerialNumber());
            }
        }
        return revoke(now, serials, superseded);
    }

    private List<BigInteger> revoke(Instant now, Set<BigInteger> serials, boolean superseded)
            throws PkiException {
        Path file = revocationFile(home);
        // Two who revoke at once must not forget each other's: the list is read and written alone.
        // Closing the channel lets the lock go.
        try (FileChannel channel =
                FileChannel.open(certificateFile(home, FILE_STEM), StandardOpenOption.WRITE)) {
            var unused = channel.lock();
            RevocationList before = RevocationList.read(file, certificate);
            List<BigInteger> added =
                    serials.stream().filter(each -> before == null || !before.has(each)).toList();
            if (!added.isEmpty() || before == null) {
                PemFiles.writeRevocations(
                        file,
                        RevocationList.next(certificate, key, before, added, superseded, now)
                                .encoded());
            }
            return added;
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new PkiException("cannot extend " + file + ": " + PemFiles.why(e), e);
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

    /** Where the list of revoked certificates is in an authority's directory. */
    public static Path revocationFile(Path directory) {
        return directory.resolve(FILE_STEM + ".crl");
    }

    static Path certificateFile(Path directory, String name) {
        return directory.resolve(name + ".crt");
    }

    static Path keyFile(Path directory, String name) {
        return directory.resolve(name + ".key");
    }

    private static Instant startNow() {
        return Instant.now().minus(CLOCK_SKEW);
    }

    private static void checkPositive(Duration validity) throws PkiException {
        if (validity.isNegative() || validity.isZero()) {
            throw new PkiException(
                    "a validity of " + validity.toDays() + " days is not possible: 1 at least");
        }
    }
}
