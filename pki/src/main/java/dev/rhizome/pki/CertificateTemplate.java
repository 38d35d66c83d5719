package dev.rhizome.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The two shapes of certificate that a cluster has (RFC 5280): the authority's and a node's. */
final class CertificateTemplate {
    private static final String CURVE = "secp256r1";
    static final String SIGNATURE = "SHA256withECDSA";
    private static final int CURVE_BITS = 256;
    private static final int SERIAL_BITS = 128;
    private static final SecureRandom RANDOM = new SecureRandom();

    private CertificateTemplate() {}

    static KeyPair newKey() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(CURVE), RANDOM);
        return generator.generateKeyPair();
    }

    /**
     * A private key as PKCS#8, with its public key within, as RFC 5915 asks for: GnuTLS, which QEMU
     * and libnbd use, does not read one without, and the JDK leaves it out.
     */
    static byte[] encoded(KeyPair pair) throws IOException {
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(pair.getPrivate().getEncoded());
        ECPrivateKey bare = ECPrivateKey.getInstance(info.parsePrivateKey());
        ASN1BitString publicKey =
                SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()).getPublicKeyData();
        ECPrivateKey whole = new ECPrivateKey(CURVE_BITS, bare.getKey(), publicKey, null);
        return new PrivateKeyInfo(info.getPrivateKeyAlgorithm(), whole).getEncoded();
    }

    /** A self-signed authority that may sign nodes but no further authority. */
    static X509Certificate authority(
            String commonName, KeyPair key, Instant notBefore, Instant notAfter)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        X500Name name = name(commonName);
        X500Principal principal = new X500Principal(name.getEncoded());
        JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
        X509v3CertificateBuilder builder =
                builder(principal, principal, key.getPublic(), notBefore, notAfter)
                        .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
                        .addExtension(
                                Extension.keyUsage,
                                true,
                                new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
                        .addExtension(
                                Extension.subjectKeyIdentifier,
                                false,
                                identifiers.createSubjectKeyIdentifier(key.getPublic()))
                        .addExtension(
                                Extension.authorityKeyIdentifier,
                                false,
                                identifiers.createAuthorityKeyIdentifier(key.getPublic()));
        return sign(builder, key.getPrivate());
    }

    /** A node, which dials and accepts, so it is both client and server. */
    static X509Certificate node(
            String nodeName,
            PublicKey key,
            X509Certificate authority,
            PrivateKey authorityKey,
            Instant notBefore,
            Instant notAfter)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
        KeyPurposeId[] purposes = {
            KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth,
        };
        X509v3CertificateBuilder builder =
                builder(
                                authority.getSubjectX500Principal(),
                                new X500Principal(name(nodeName).getEncoded()),
                                key,
                                notBefore,
                                notAfter)
                        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
                        .addExtension(
                                Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
                        .addExtension(
                                Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes))
                        .addExtension(
                                Extension.subjectAlternativeName,
                                false,
                                new GeneralNames(new GeneralName(GeneralName.dNSName, nodeName)))
                        .addExtension(
                                Extension.subjectKeyIdentifier,
                                false,
                                identifiers.createSubjectKeyIdentifier(key))
                        .addExtension(
                                Extension.authorityKeyIdentifier,
                                false,
                                identifiers.createAuthorityKeyIdentifier(authority.getPublicKey()));
        return sign(builder, authorityKey);
    }

    private static X500Name name(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, commonName).build();
    }

    private static X509v3CertificateBuilder builder(
            X500Principal issuer,
            X500Principal subject,
            PublicKey key,
            Instant notBefore,
            Instant notAfter) {
        // The top bit is set so that the number has its full length, and is never zero.
        BigInteger serial = new BigInteger(SERIAL_BITS - 1, RANDOM).setBit(SERIAL_BITS - 1);
        return new JcaX509v3CertificateBuilder(
                issuer, serial, Date.from(notBefore), Date.from(notAfter), subject, key);
    }

    private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
            throws GeneralSecurityException, OperatorCreationException {
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder(SIGNATURE).build(key)));
    }
}
