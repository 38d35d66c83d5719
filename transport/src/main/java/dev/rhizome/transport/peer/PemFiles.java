package dev.rhizome.transport.peer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads PEM files and says plainly what is wrong with them. */
final class PemFiles {
    private static final long MAX_FILE_BYTES = 1 << 20;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private PemFiles() {}

    /** All revocation lists of a file, at least one. */
    static List<X509CRL> revocationLists(Path file) throws TlsSetupException {
        List<X509CRL> found = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(text(file, "revocation list"));
        while (blocks.find()) {
            if (!blocks.group(1).equals("X509 CRL")) {
                continue;
            }
            try {
                found.add(
                        (X509CRL)
                                CertificateFactory.getInstance("X.509")
                                        .generateCRL(
                                                new ByteArrayInputStream(decode(blocks.group(2)))));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new TlsSetupException(
                        file + " holds a damaged revocation list; copy it again", e);
            }
        }
        if (found.isEmpty()) {
            throw new TlsSetupException(
                    file
                            + " holds no revocation list in PEM form (-----BEGIN X509 CRL-----);"
                            + " copy the authority's ca.crl, or remove it",
                    null);
        }
        return found;
    }

    /** All certificates of a file, at least one. */
    static List<X509Certificate> certificates(Path file) throws TlsSetupException {
        List<X509Certificate> found = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(text(file, "certificate"));
        while (blocks.find()) {
            if (!blocks.group(1).equals("CERTIFICATE")) {
                continue;
            }
            try {
                found.add(
                        (X509Certificate)
                                CertificateFactory.getInstance("X.509")
                                        .generateCertificate(
                                                new ByteArrayInputStream(decode(blocks.group(2)))));
            } catch (GeneralSecurityException | IllegalArgumentException e) {
                throw new TlsSetupException(
                        file + " holds a damaged certificate; copy or issue it again", e);
            }
        }
        if (found.isEmpty()) {
            throw new TlsSetupException(
                    file
                            + " holds no certificate in PEM form (-----BEGIN CERTIFICATE-----);"
                            + " copy or issue it again",
                    null);
        }
        return found;
    }

    /**
     * The private key of a file.
     *
     * @param passphrase the file with its passphrase; null if none was named
     */
    static PrivateKey key(Path file, @Nullable Path passphrase) throws TlsSetupException {
        Matcher blocks = BLOCK.matcher(text(file, "private key"));
        while (blocks.find()) {
            String kind = blocks.group(1);
            if (kind.equals("PRIVATE KEY")) {
                return plainKey(file, blocks.group(2));
            }
            if (kind.equals("ENCRYPTED PRIVATE KEY")) {
                return encryptedKey(file, blocks.group(2), passphrase);
            }
            if (kind.endsWith(" PRIVATE KEY")) {
                throw new TlsSetupException(
                        file
                                + " is not PKCS#8 but '"
                                + kind
                                + "'; convert it: openssl pkcs8 -topk8 -nocrypt",
                        null);
            }
        }
        throw new TlsSetupException(
                file
                        + " holds no private key in PEM form (-----BEGIN PRIVATE KEY-----); copy it"
                        + " again or issue a new one",
                null);
    }

    private static PrivateKey plainKey(Path file, String base64) throws TlsSetupException {
        try {
            return decodeKey(new PKCS8EncodedKeySpec(decode(base64)));
        } catch (IllegalArgumentException e) {
            throw damaged(file, e);
        } catch (GeneralSecurityException e) {
            throw new TlsSetupException(
                    file
                            + " holds a private key that is damaged or neither EC nor RSA; issue a"
                            + " new one",
                    e);
        }
    }

    private static PrivateKey encryptedKey(Path file, String base64, @Nullable Path passphrase)
            throws TlsSetupException {
        byte[] der;
        try {
            der = decode(base64);
        } catch (IllegalArgumentException e) {
            throw damaged(file, e);
        }
        PKCS8EncodedKeySpec opened = EncryptedKey.open(file, der, passphrase);
        try {
            return decodeKey(opened);
        } catch (GeneralSecurityException e) {
            throw EncryptedKey.wrong(file, Objects.requireNonNull(passphrase), e);
        }
    }

    private static TlsSetupException damaged(Path file, Exception e) {
        return new TlsSetupException(
                file + " holds a damaged private key; copy it again or issue a new one", e);
    }

    private static PrivateKey decodeKey(PKCS8EncodedKeySpec encoded)
            throws GeneralSecurityException {
        try {
            return KeyFactory.getInstance("EC").generatePrivate(encoded);
        } catch (GeneralSecurityException noEllipticCurve) {
            return KeyFactory.getInstance("RSA").generatePrivate(encoded);
        }
    }

    private static byte[] decode(String base64) {
        return Base64.getMimeDecoder().decode(base64);
    }

    private static String text(Path file, String what) throws TlsSetupException {
        try {
            requireFile(file, what);
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new TlsSetupException(file + " is too large for a " + what, null);
            }
            String text = Files.readString(file, StandardCharsets.ISO_8859_1);
            if (text.isBlank()) {
                throw new TlsSetupException(
                        file + " is empty: the " + what + " belongs there; copy it again", null);
            }
            return text;
        } catch (IOException e) {
            throw unreadable(file, what, e);
        }
    }

    static void requireFile(Path file, String what) throws TlsSetupException {
        if (Files.isDirectory(file)) {
            throw new TlsSetupException(
                    file + " is a directory: name the file with the " + what, null);
        }
    }

    /** Why a file could not be read, and what to do. */
    static TlsSetupException unreadable(Path file, String what, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new TlsSetupException(
                    file + " is missing: the " + what + " of this node belongs there", e);
        }
        if (e instanceof AccessDeniedException) {
            return new TlsSetupException(
                    file + " must not be read by this user; check its owner and mode", e);
        }
        return new TlsSetupException(
                "cannot read the " + what + " " + file + ": " + e.getMessage(), e);
    }
}
