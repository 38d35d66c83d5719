package dev.rhizome.transport.peer;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads PEM files and says plainly what is wrong with them. */
final class PemFiles {
    private static final long MAX_FILE_BYTES = 1 << 20;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");

    private PemFiles() {}

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
                    file + " holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", null);
        }
        return found;
    }

    /** The private key of a file. */
    static PrivateKey key(Path file) throws TlsSetupException {
        Matcher blocks = BLOCK.matcher(text(file, "private key"));
        while (blocks.find()) {
            String kind = blocks.group(1);
            if (kind.equals("PRIVATE KEY")) {
                return decodeKey(file, blocks.group(2));
            }
            if (kind.equals("ENCRYPTED PRIVATE KEY")) {
                throw new TlsSetupException(
                        file
                                + " is encrypted; store it without a passphrase: openssl pkcs8"
                                + " -topk8 -nocrypt",
                        null);
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
                file + " holds no private key in PEM form (-----BEGIN PRIVATE KEY-----)", null);
    }

    private static PrivateKey decodeKey(Path file, String base64) throws TlsSetupException {
        PKCS8EncodedKeySpec encoded;
        try {
            encoded = new PKCS8EncodedKeySpec(decode(base64));
        } catch (IllegalArgumentException e) {
            throw new TlsSetupException(
                    file + " holds a damaged private key; copy it again or issue a new one", e);
        }
        GeneralSecurityException last = null;
        for (String algorithm : new String[] {"EC", "RSA"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (GeneralSecurityException e) {
                last = e;
            }
        }
        throw new TlsSetupException(
                file
                        + " holds a private key that is damaged or neither EC nor RSA; issue a new"
                        + " one",
                last);
    }

    private static byte[] decode(String base64) {
        return Base64.getMimeDecoder().decode(base64);
    }

    private static String text(Path file, String what) throws TlsSetupException {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new TlsSetupException(file + " is too large for a " + what, null);
            }
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new TlsSetupException(
                    file + " is missing: the " + what + " of this node belongs there", e);
        } catch (IOException e) {
            throw new TlsSetupException("cannot read the " + what + " " + file + ": " + e, e);
        }
    }
}
