package dev.rhizome.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/**
 * Encrypts a private key by a passphrase, as OpenSSL 3 does by default, but with more rounds: PBES2
 * with PBKDF2, HMAC-SHA-256 and AES-256-CBC (RFC 8018).
 */
final class KeyEncryption {
    private static final int ROUNDS = 210_000;
    private static final int KEY_BITS = 256;
    private static final int BLOCK_BYTES = 16;
    private static final String PBES2 = "1.2.840.113549.1.5.13";
    private static final SecureRandom RANDOM = new SecureRandom();

    private KeyEncryption() {}

    static byte[] seal(byte[] pkcs8, Passphrase passphrase)
            throws GeneralSecurityException, IOException {
        byte[] salt = random();
        byte[] vector = random();
        SecretKey derived =
                SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                        .generateSecret(
                                new PBEKeySpec(passphrase.characters(), salt, ROUNDS, KEY_BITS));
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(derived.getEncoded(), "AES"),
                new IvParameterSpec(vector));
        PBKDF2Params derivation =
                new PBKDF2Params(
                        salt,
                        ROUNDS,
                        new AlgorithmIdentifier(
                                PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE));
        PBES2Parameters scheme =
                new PBES2Parameters(
                        new KeyDerivationFunc(PKCSObjectIdentifiers.id_PBKDF2, derivation),
                        new EncryptionScheme(
                                NISTObjectIdentifiers.id_aes256_CBC, new DEROctetString(vector)));
        return new org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo(
                        new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, scheme),
                        cipher.doFinal(pkcs8))
                .getEncoded();
    }

    private static byte[] random() {
        byte[] bytes = new byte[BLOCK_BYTES];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /**
     * Decrypts.
     *
     * @param file where it is from
     * @throws PkiException if the passphrase is not the right one
     */
    static byte[] open(Path file, byte[] der, Passphrase passphrase) throws PkiException {
        try {
            EncryptedPrivateKeyInfo sealed = new EncryptedPrivateKeyInfo(der);
            AlgorithmParameters parameters = sealed.getAlgParameters();
            String name = sealed.getAlgName();
            boolean bare = name.equals(PBES2) || name.equalsIgnoreCase("PBES2");
            // The JDK names the whole scheme only in the text of its parameters.
            String scheme = bare && parameters != null ? parameters.toString() : name;
            Cipher cipher = Cipher.getInstance(scheme);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    SecretKeyFactory.getInstance(scheme)
                            .generateSecret(new PBEKeySpec(passphrase.characters())),
                    parameters);
            return sealed.getKeySpec(cipher).getEncoded();
        } catch (GeneralSecurityException e) {
            throw wrong(file, passphrase, e);
        } catch (IOException e) {
            throw new PkiException(
                    file
                            + " is damaged, or encrypted in a way that is not known here; restore"
                            + " it, or encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc",
                    e);
        }
    }

    static PkiException wrong(Path file, Passphrase passphrase, Exception e) {
        return new PkiException(
                file
                        + " is not opened by the passphrase in "
                        + passphrase.file()
                        + "; name the right file (--passphrase-file)",
                e);
    }
}
