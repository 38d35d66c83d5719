package dev.rhizome.pki;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import org.bouncycastle.util.io.pem.PemObject;
import org.jspecify.annotations.Nullable;

/** Private keys (EC) and their files. */
final class PrivateKeys {

    private PrivateKeys() {}

    /** As it is written: encrypted if there is a passphrase. */
    static PemObject toWrite(KeyPair pair, @Nullable Passphrase passphrase)
            throws GeneralSecurityException, IOException {
        byte[] pkcs8 = CertificateTemplate.encoded(pair);
        return passphrase == null
                ? new PemObject(PemFiles.KEY, pkcs8)
                : new PemObject(PemFiles.ENCRYPTED_KEY, KeyEncryption.seal(pkcs8, passphrase));
    }

    static boolean isEncrypted(Path file) throws PkiException {
        return PemFiles.read(file, PemFiles.KEY, PemFiles.ENCRYPTED_KEY)
                .getType()
                .equals(PemFiles.ENCRYPTED_KEY);
    }

    /**
     * The key in a file.
     *
     * @param passphrase null if none was named
     */
    static PrivateKey read(Path file, @Nullable Passphrase passphrase) throws PkiException {
        PemObject object = PemFiles.read(file, PemFiles.KEY, PemFiles.ENCRYPTED_KEY);
        boolean encrypted = object.getType().equals(PemFiles.ENCRYPTED_KEY);
        if (encrypted && passphrase == null) {
            throw new PkiException(
                    file + " is encrypted; name the file with its passphrase (--passphrase-file)");
        }
        if (!encrypted || passphrase == null) {
            return decode(file.toString(), object.getContent());
        }
        byte[] pkcs8 = KeyEncryption.open(file, object.getContent(), passphrase);
        try {
            return decode(file.toString(), pkcs8);
        } catch (PkiException e) {
            // The padding was right by chance.
            throw KeyEncryption.wrong(file, passphrase, e);
        }
    }

    static PrivateKey decode(String name, byte[] pkcs8) throws PkiException {
        try {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new PkiException(name + " holds no key that can be used; restore it", e);
        }
    }

    static boolean belongTogether(X509Certificate certificate, PrivateKey key) {
        try {
            byte[] sample = certificate.getEncoded();
            Signature signer = Signature.getInstance(CertificateTemplate.SIGNATURE);
            signer.initSign(key);
            signer.update(sample);
            byte[] signature = signer.sign();
            signer.initVerify(certificate.getPublicKey());
            signer.update(sample);
            return signer.verify(signature);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
