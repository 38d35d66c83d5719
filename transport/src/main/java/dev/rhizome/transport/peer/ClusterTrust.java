package dev.rhizome.transport.peer;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts what the cluster's authority has signed and is valid now, in both directions, and says in
 * words why not. Whose certificate it is, is checked after the handshake, where a refusal can be
 * explained to the peer.
 */
final class ClusterTrust extends X509ExtendedTrustManager {
    private final List<X509Certificate> authorities;
    private final Revocations revocations;
    private final TlsEngine engine;
    private final Clock clock;

    ClusterTrust(
            List<X509Certificate> authorities,
            Revocations revocations,
            TlsEngine engine,
            Clock clock) {
        this.authorities = List.copyOf(authorities);
        this.revocations = revocations;
        this.engine = engine;
        this.clock = clock;
    }

    /** Null if the chain is good, else why not. */
    static @Nullable CertPathValidatorException problem(
            List<X509Certificate> chain, List<X509Certificate> authorities, Date now)
            throws GeneralSecurityException {
        Set<TrustAnchor> anchors = new LinkedHashSet<>();
        for (X509Certificate authority : authorities) {
            anchors.add(new TrustAnchor(authority, null));
        }
        PKIXParameters parameters = new PKIXParameters(anchors);
        parameters.setRevocationEnabled(false);
        parameters.setDate(now);
        List<X509Certificate> withoutAnchors =
                chain.stream().filter(link -> !authorities.contains(link)).toList();
        CertPath path = CertificateFactory.getInstance("X.509").generateCertPath(withoutAnchors);
        try {
            CertPathValidator.getInstance("PKIX").validate(path, parameters);
            return null;
        } catch (CertPathValidatorException e) {
            return e;
        }
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        if (chain == null || chain.length == 0) {
            throw new CertificateException("peer showed no certificate");
        }
        CertPathValidatorException problem;
        try {
            problem = problem(Arrays.asList(chain), authorities, Date.from(clock.instant()));
        } catch (GeneralSecurityException e) {
            throw new CertificateException("peer's certificate cannot be checked: " + e, e);
        }
        if (problem == null) {
            requireNotRevoked(chain);
            return;
        }
        X509Certificate leaf = chain[0];
        if (problem.getReason() == BasicReason.EXPIRED) {
            throw refusal(
                    "peer's certificate has expired on " + leaf.getNotAfter().toInstant(), problem);
        }
        if (problem.getReason() == BasicReason.NOT_YET_VALID) {
            throw refusal(
                    "peer's certificate is not valid before "
                            + leaf.getNotBefore().toInstant()
                            + "; compare the clocks of both nodes",
                    problem);
        }
        throw refusal("peer's certificate is not signed by this cluster's CA", problem);
    }

    private void requireNotRevoked(X509Certificate[] chain) throws CertificateException {
        String reason = refusal(revocations, Arrays.asList(chain));
        if (reason.isEmpty()) {
            return;
        }
        if (engine == TlsEngine.BORINGSSL) {
            throw new OpenSslCertificateException(
                    reason, CertificateVerifier.X509_V_ERR_CERT_REVOKED);
        }
        throw new CertificateException(
                reason,
                new CertPathValidatorException(reason, null, null, -1, BasicReason.REVOKED));
    }

    /** Why what a peer has shown is not taken any more; empty if it is. */
    static String refusal(Revocations revocations, List<X509Certificate> chain) {
        for (X509Certificate link : chain) {
            Instant at = revocations.revokedAt(link);
            if (at != null) {
                return "peer's certificate was revoked on "
                        + at
                        + " (serial "
                        + PeerTls.serial(link)
                        + ")";
            }
        }
        return "";
    }

    /** The reason decides which alert the peer gets, which is all it learns from TLS. */
    private CertificateException refusal(String reason, CertPathValidatorException problem) {
        boolean dated =
                problem.getReason() == BasicReason.EXPIRED
                        || problem.getReason() == BasicReason.NOT_YET_VALID;
        if (engine == TlsEngine.BORINGSSL && !dated) {
            return new OpenSslCertificateException(
                    reason, CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
        }
        return new CertificateException(reason, problem);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine sslEngine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine sslEngine)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.toArray(new X509Certificate[0]);
    }
}
