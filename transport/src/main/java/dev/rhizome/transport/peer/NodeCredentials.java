package dev.rhizome.transport.peer;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertPathValidatorException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;

/**
 * What a node shows, and whom it trusts, read and checked.
 *
 * @param authorities the cluster's authority; several while it is being replaced
 * @param chain this node's certificate, then intermediate ones
 * @param key its private key
 */
record NodeCredentials(
        List<X509Certificate> authorities, List<X509Certificate> chain, PrivateKey key) {

    /**
     * Reads the files.
     *
     * @param node this node's name, which its certificate must carry
     * @param now which dates are good
     * @throws TlsSetupException one line: what is wrong with which file, and the cure
     */
    static NodeCredentials load(TlsFiles files, String node, Instant now) throws TlsSetupException {
        List<X509Certificate> authorities = PemFiles.certificates(files.authority());
        List<X509Certificate> chain = PemFiles.certificates(files.certificate());
        PrivateKey key = PemFiles.key(files.key(), files.passphrase());
        checkAuthorities(files.authority(), authorities);
        checkOwn(files, node, chain, authorities, now);
        checkKey(files, key, chain.get(0).getPublicKey());
        return new NodeCredentials(List.copyOf(authorities), List.copyOf(chain), key);
    }

    /** This node's own certificate. */
    X509Certificate own() {
        return chain.get(0);
    }

    boolean sameAs(NodeCredentials other) {
        return chain.equals(other.chain) && authorities.equals(other.authorities);
    }

    private static void checkAuthorities(Path file, List<X509Certificate> authorities)
            throws TlsSetupException {
        for (X509Certificate authority : authorities) {
            if (authority.getBasicConstraints() < 0) {
                throw new TlsSetupException(
                        file
                                + " is not a CA's certificate ("
                                + authority.getSubjectX500Principal()
                                + "); put the cluster's CA certificate there",
                        null);
            }
        }
    }

    private static void checkOwn(
            TlsFiles files,
            String node,
            List<X509Certificate> chain,
            List<X509Certificate> authorities,
            Instant now)
            throws TlsSetupException {
        Path file = files.certificate();
        X509Certificate own = chain.get(0);
        if (now.isAfter(own.getNotAfter().toInstant())) {
            throw new TlsSetupException(
                    file
                            + " has expired on "
                            + own.getNotAfter().toInstant()
                            + "; issue a new one (rhizome pki renew)",
                    null);
        }
        if (now.isBefore(own.getNotBefore().toInstant())) {
            throw new TlsSetupException(
                    file
                            + " is not valid before "
                            + own.getNotBefore().toInstant()
                            + "; check this node's clock",
                    null);
        }
        List<String> names = PeerTls.namesOf(own);
        if (!names.contains(node)) {
            throw new TlsSetupException(
                    file
                            + " is for "
                            + PeerTls.quoted(names)
                            + ", not for this node '"
                            + node
                            + "'; use this node's own",
                    null);
        }
        try {
            CertPathValidatorException problem =
                    ClusterTrust.problem(chain, authorities, Date.from(now));
            if (problem != null) {
                throw new TlsSetupException(
                        file
                                + " is not signed by the CA in "
                                + files.authority()
                                + "; use files of one cluster",
                        problem);
            }
        } catch (GeneralSecurityException e) {
            throw new TlsSetupException("cannot check " + file + ": " + e, e);
        }
    }

    private static void checkKey(TlsFiles files, PrivateKey key, PublicKey publicKey)
            throws TlsSetupException {
        String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
        try {
            byte[] sample = publicKey.getEncoded();
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(sample);
            byte[] signed = signature.sign();
            signature.initVerify(publicKey);
            signature.update(sample);
            if (signature.verify(signed)) {
                return;
            }
        } catch (GeneralSecurityException e) {
            throw new TlsSetupException(mismatch(files), e);
        }
        throw new TlsSetupException(mismatch(files), null);
    }

    private static String mismatch(TlsFiles files) {
        return files.key()
                + " is not the key of "
                + files.certificate()
                + "; use the pair that was issued together";
    }
}
