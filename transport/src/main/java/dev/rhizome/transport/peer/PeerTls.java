package dev.rhizome.transport.peer;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * One node's side of TLS: its certificate and key, and the authority that both nodes trust. TLS 1.3
 * only, both sides show a certificate, sessions are never resumed (so that every connection checks
 * the dates). A node that renews its certificate loads a new one of these and gives it to {@link
 * PeerConnector#useTls}.
 */
public final class PeerTls {
    private static final int DNS_NAME = 2;

    private final TlsEngine engine;
    private final Clock clock;
    private final NodeCredentials credentials;
    private final Revocations revocations;
    private final SslContext server;
    private final SslContext client;

    private PeerTls(
            TlsEngine engine,
            Clock clock,
            NodeCredentials credentials,
            Revocations revocations,
            SslContext server,
            SslContext client) {
        this.engine = engine;
        this.clock = clock;
        this.credentials = credentials;
        this.revocations = revocations;
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
        NodeCredentials credentials = NodeCredentials.load(files, node, clock.instant());
        return of(
                credentials,
                Revocations.load(files.revoked(), credentials.authorities()),
                engine,
                clock);
    }

    static PeerTls of(
            NodeCredentials credentials, Revocations revocations, TlsEngine engine, Clock clock)
            throws TlsSetupException {
        ClusterTrust trust =
                new ClusterTrust(credentials.authorities(), revocations, engine, clock);
        X509Certificate[] shown = credentials.chain().toArray(new X509Certificate[0]);
        try {
            SslContext server =
                    SslContextBuilder.forServer(credentials.key(), shown)
                            .sslProvider(engine.provider())
                            .protocols("TLSv1.3")
                            .clientAuth(ClientAuth.REQUIRE)
                            .trustManager(trust)
                            .build();
            SslContext client =
                    SslContextBuilder.forClient()
                            .keyManager(credentials.key(), shown)
                            .sslProvider(engine.provider())
                            .protocols("TLSv1.3")
                            // Names are nodes, not hosts: checked after the handshake.
                            .endpointIdentificationAlgorithm(null)
                            .trustManager(trust)
                            .build();
            neverResume(server);
            neverResume(client);
            return new PeerTls(engine, clock, credentials, revocations, server, client);
        } catch (SSLException e) {
            throw new TlsSetupException(
                    "cannot use "
                            + PeerTls.quoted(namesOf(credentials.own()))
                            + "'s certificate and key: "
                            + e.getMessage(),
                    e);
        }
    }

    private static void neverResume(SslContext context) {
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            sessions.setSessionCacheEnabled(false);
        }
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
        return certificate().getNotAfter().toInstant();
    }

    /** This node's certificate. */
    public X509Certificate certificate() {
        return credentials.own();
    }

    /** The cluster's authority; several while it is being replaced. */
    public List<X509Certificate> authorities() {
        return credentials.authorities();
    }

    /**
     * Why somebody who has shown this certificate before would not be let in now, because it was
     * revoked since; empty if he would. An open connection outlives the dates of a certificate, and
     * a change of the authority, but not this.
     */
    public String refusal(@Nullable X509Certificate shown) {
        return shown == null ? "" : ClusterTrust.refusal(revocations, List.of(shown));
    }

    /**
     * What a person is to be told of certificates that end soon, or are not good any more.
     *
     * @param peer what the peer has shown on the link that is up; null if there is none
     */
    public List<String> warnings(@Nullable X509Certificate peer) {
        return CertificateWarnings.of(credentials, revocations, peer, clock.instant());
    }

    NodeCredentials credentials() {
        return credentials;
    }

    Revocations revocations() {
        return revocations;
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

    /** A certificate's serial number as OpenSSL writes it: hexadecimal. */
    public static String serial(X509Certificate certificate) {
        return certificate.getSerialNumber().toString(16).toUpperCase(Locale.ROOT);
    }

    /** The certificate that the other side has shown; null if it has shown none. */
    public static @Nullable X509Certificate shown(SslHandler handler) {
        try {
            return (X509Certificate) handler.engine().getSession().getPeerCertificates()[0];
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    /** The names in that certificate; none if there is none. */
    public static List<String> shownNames(SslHandler handler) {
        X509Certificate certificate = shown(handler);
        return certificate == null ? List.of() : namesOf(certificate);
    }

    /** A handler for one connection; tasks of the handshake run on the event loop itself. */
    SslHandler newHandler(ByteBufAllocator allocator, boolean dialled) {
        return (dialled ? client : server).newHandler(allocator);
    }
}
