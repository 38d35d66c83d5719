package dev.rhizome.transport.peer;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * One node's side of TLS: its certificate and key, and the authority that both nodes trust. TLS 1.3
 * only, both sides show a certificate, sessions are never resumed (so that every connection checks
 * the dates). A node that renews its certificate loads a new one of these and gives it to {@link
 * PeerConnector#useTls}.
 */
public final class PeerTls {
    private static final int DNS_NAME = 2;

    private final TlsEngine engine;
    private final X509Certificate certificate;
    private final SslContext server;
    private final SslContext client;

    private PeerTls(
            TlsEngine engine, X509Certificate certificate, SslContext server, SslContext client) {
        this.engine = engine;
        this.certificate = certificate;
        this.server = server;
        this.client = client;
    }

    /**
     * Loads the files, with the best engine that this machine has.
     *
     * @param files where they are
     * @param node this node's name, which its certificate must carry
     * @throws TlsSetupException one line: what is wrong with which file, and the cure
     */
    public static PeerTls load(TlsFiles files, String node) throws TlsSetupException {
        return load(files, node, TlsEngine.best(), Clock.systemUTC());
    }

    /** Loads the files for one engine; the clock says which dates are good. */
    public static PeerTls load(TlsFiles files, String node, TlsEngine engine, Clock clock)
            throws TlsSetupException {
        List<X509Certificate> authorities = PemFiles.certificates(files.authority());
        List<X509Certificate> chain = PemFiles.certificates(files.certificate());
        PrivateKey key = PemFiles.key(files.key());
        Instant now = clock.instant();
        checkAuthorities(files.authority(), authorities);
        checkOwn(files, node, chain, authorities, now);
        checkKey(files, key, chain.get(0).getPublicKey());
        ClusterTrust trust = new ClusterTrust(authorities, engine, clock);
        X509Certificate[] shown = chain.toArray(new X509Certificate[0]);
        try {
            SslContext server =
                    SslContextBuilder.forServer(key, shown)
                            .sslProvider(engine.provider())
                            .protocols("TLSv1.3")
                            .clientAuth(ClientAuth.REQUIRE)
                            .trustManager(trust)
                            .build();
            SslContext client =
                    SslContextBuilder.forClient()
                            .keyManager(key, shown)
                            .sslProvider(engine.provider())
                            .protocols("TLSv1.3")
                            // Names are nodes, not hosts: checked after the handshake.
                            .endpointIdentificationAlgorithm(null)
                            .trustManager(trust)
                            .build();
            neverResume(server);
            neverResume(client);
            return new PeerTls(engine, chain.get(0), server, client);
        } catch (SSLException e) {
            throw new TlsSetupException(
                    "cannot use " + files.certificate() + " and " + files.key() + ": " + e, e);
        }
    }

    private static void neverResume(SslContext context) {
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setSessionCacheEnabled(false);
        }
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
                    file + " has expired on " + own.getNotAfter().toInstant() + "; issue a new one",
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
        List<String> names = namesOf(own);
        if (!names.contains(node)) {
            throw new TlsSetupException(
                    file + " is for " + quoted(names) + ", not for this node '" + node + "'", null);
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

    /** The node names that a certificate carries: its DNS names. */
    public static List<String> namesOf(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> alternative : alternatives) {
                    if (Integer.valueOf(DNS_NAME).equals(alternative.get(0))) {
                        names.add(String.valueOf(alternative.get(1)));
                    }
                }
            }
        } catch (CertificateParsingException e) {
            // A certificate whose names cannot be read is for nobody.
            return List.of();
        }
        return names;
    }

    /** Names for a person. */
    public static String quoted(List<String> names) {
        return names.isEmpty() ? "nobody" : "'" + String.join("', '", names) + "'";
    }

    /** The engine that encrypts. */
    public TlsEngine engine() {
        return engine;
    }

    /** When this node's certificate ends. */
    public Instant validUntil() {
        return certificate.getNotAfter().toInstant();
    }

    /**
     * A handler for one connection that somebody else has opened; who does not show a certificate
     * of the cluster's authority is refused.
     */
    public SslHandler newServerHandler(ByteBufAllocator allocator) {
        return newHandler(allocator, false);
    }

    /**
     * A handler for one connection that somebody else dials; who does not show a certificate of the
     * cluster's authority is refused. Whose it is, is to be checked after the handshake.
     */
    public SslHandler newClientHandler(ByteBufAllocator allocator) {
        return newHandler(allocator, true);
    }

    /** The names in the certificate that the other side has shown; none if it has shown none. */
    public static List<String> shownNames(SslHandler handler) {
        try {
            return namesOf(
                    (X509Certificate) handler.engine().getSession().getPeerCertificates()[0]);
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
        }
    }

    /** A handler for one connection; tasks of the handshake run on the event loop itself. */
    SslHandler newHandler(ByteBufAllocator allocator, boolean dialled) {
        return (dialled ? client : server).newHandler(allocator);
    }
}
