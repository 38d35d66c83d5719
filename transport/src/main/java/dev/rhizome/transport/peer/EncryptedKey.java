package dev.rhizome.transport.peer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/** Opens a key that is encrypted by a passphrase (RFC 5958; PBES2 of RFC 8018). */
final class EncryptedKey {
    private static final int MAX_PASSPHRASE_BYTES = 1024;
    private static final String PBES2 = "1.2.840.113549.1.5.13";

    private EncryptedKey() {}

    /**
     * Decrypts.
     *
     * @param keyFile where the key is
     * @param der what is in it
     * @param passphrase the file with the passphrase; null if none was named
     */
    static PKCS8EncodedKeySpec open(Path keyFile, byte[] der, @Nullable Path passphrase)
            throws TlsSetupException {
        if (passphrase == null) {
            throw new TlsSetupException(
                    keyFile
                            + " is encrypted; name the file with its passphrase: pki {"
                            + " key-passphrase-file = \"...\" }",
                    null);
        }
        char[] secret = passphrase(passphrase);
        EncryptedPrivateKeyInfo sealed;
        Cipher cipher;
        SecretKey key;
        try {
            sealed = new EncryptedPrivateKeyInfo(der);
            String scheme = scheme(sealed);
            key = SecretKeyFactory.getInstance(scheme).generateSecret(new PBEKeySpec(secret));
            cipher = Cipher.getInstance(scheme);
        } catch (IOException | GeneralSecurityException e) {
            throw new TlsSetupException(
                    keyFile
                            + " is damaged, or encrypted in a way that is not known here; copy it"
                            + " again, or encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc",
                    e);
        } finally {
            Arrays.fill(secret, ' ');
        }
        try {
            cipher.init(Cipher.DECRYPT_MODE, key, sealed.getAlgParameters());
            return sealed.getKeySpec(cipher);
        } catch (GeneralSecurityException e) {
            throw wrong(keyFile, passphrase, e);
        }
    }

    /** What comes out may be no key although the padding was right by chance. */
    static TlsSetupException wrong(Path keyFile, Path passphrase, Exception e) {
        return new TlsSetupException(
                keyFile
                        + " is not opened by the passphrase in "
                        + passphrase
                        + "; put the right one there",
                e);
    }

    /** The JDK names the whole scheme only in the text of its parameters. */
    private static String scheme(EncryptedPrivateKeyInfo sealed) {
        AlgorithmParameters parameters = sealed.getAlgParameters();
        String name = sealed.getAlgName();
        boolean whole = !name.equals(PBES2) && !name.equalsIgnoreCase("PBES2");
        return whole || parameters == null ? name : parameters.toString();
    }

    /** The first line of a file that only its owner and group may read. */
    private static char[] passphrase(Path file) throws TlsSetupException {
        byte[] bytes;
        try {
            PemFiles.requireFile(file, "passphrase");
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
            if (mode.contains(PosixFilePermission.OTHERS_READ)
                    || mode.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new TlsSetupException(
                        file + " can be read by everybody; chmod 600 " + file, null);
            }
            if (Files.size(file) > MAX_PASSPHRASE_BYTES) {
                throw new TlsSetupException(file + " is too large for a passphrase", null);
            }
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw PemFiles.unreadable(file, "passphrase", e);
        }
        char[] line =
                new String(bytes, StandardCharsets.ISO_8859_1)
                        .lines()
                        .findFirst()
                        .orElse("")
                        .toCharArray();
        for (char each : line) {
            // What lies beyond is taken for other bytes by the JDK than by OpenSSL.
            if (each < ' ' || each > '~') {
                throw new TlsSetupException(
                        file + " holds a passphrase that is not all ASCII; choose another one",
                        null);
            }
        }
        if (line.length == 0) {
            throw new TlsSetupException(
                    file + " is empty; its first line is to be the passphrase", null);
        }
        return line;
    }
}
