package dev.rhizome.pki;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * An authority's list of the certificates that it has taken back (CRL, RFC 5280 section 5). It is
 * due as late as the authority ends: nobody has to make a new one while nothing is revoked.
 */
final class RevocationList {
    private final X509CRL list;

    private RevocationList(X509CRL list) {
        this.list = list;
    }

    /**
     * Reads a list.
     *
     * @return null if there is no such file
     * @throws PkiException if it cannot be used, or is not this authority's
     */
    static @Nullable RevocationList read(Path file, X509Certificate authority) throws PkiException {
        return Files.exists(file)
                ? parse(file.toString(), PemFiles.read(file, PemFiles.REVOCATIONS), authority)
                : null;
    }

    /** A list from elsewhere, which is called so for a person. */
    static RevocationList parse(
            String name, org.bouncycastle.util.io.pem.PemObject object, X509Certificate authority)
            throws PkiException {
        X509CRL list;
        try {
            list =
                    (X509CRL)
                            CertificateFactory.getInstance("X.509")
                                    .generateCRL(new ByteArrayInputStream(object.getContent()));
        } catch (GeneralSecurityException e) {
            throw new PkiException(name + " holds a damaged revocation list; restore it", e);
        }
        try {
            list.verify(authority.getPublicKey());
        } catch (GeneralSecurityException e) {
            throw new PkiException(
                    name
                            + " is not signed by this authority, "
                            + authority.getSubjectX500Principal()
                            + "; restore the one that is",
                    e);
        }
        return new RevocationList(list);
    }

    /**
     * Makes the next one.
     *
     * @param before the one so far; null for the first
     * @param more what is revoked beside
     * @param superseded whether because there are newer ones
     */
    static RevocationList next(
            X509Certificate authority,
            PrivateKey key,
            @Nullable RevocationList before,
            Collection<BigInteger> more,
            boolean superseded,
            Instant now)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        JcaX509v2CRLBuilder builder =
                new JcaX509v2CRLBuilder(authority.getSubjectX500Principal(), Date.from(now));
        builder.setNextUpdate(authority.getNotAfter());
        if (before != null) {
            builder.addCRL(new X509CRLHolder(before.list.getEncoded()));
        }
        int reason = superseded ? CRLReason.superseded : CRLReason.unspecified;
        more.forEach(serial -> builder.addCRLEntry(serial, Date.from(now), reason));
        BigInteger number = before == null ? BigInteger.ONE : before.number().add(BigInteger.ONE);
        builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
        builder.addExtension(
                Extension.authorityKeyIdentifier,
                false,
                new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority.getPublicKey()));
        byte[] der =
                builder.build(new JcaContentSignerBuilder(CertificateTemplate.SIGNATURE).build(key))
                        .getEncoded();
        return new RevocationList(
                (X509CRL)
                        CertificateFactory.getInstance("X.509")
                                .generateCRL(new ByteArrayInputStream(der)));
    }

    /** Which one it is, in the order that they were made in. */
    BigInteger number() {
        byte[] value = list.getExtensionValue(Extension.cRLNumber.getId());
        return value == null
                ? BigInteger.ZERO
                : ASN1Integer.getInstance(ASN1OctetString.getInstance(value).getOctets())
                        .getValue();
    }

    /** When a certificate was revoked; null if it was not. */
    @Nullable Instant revokedAt(X509Certificate certificate) {
        X509CRLEntry entry = list.getRevokedCertificate(certificate);
        return entry == null ? null : entry.getRevocationDate().toInstant();
    }

    boolean has(BigInteger serial) {
        return list.getRevokedCertificate(serial) != null;
    }

    byte[] encoded() throws GeneralSecurityException {
        return list.getEncoded();
    }
}
