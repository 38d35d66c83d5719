package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;

/** A CA in a temporary directory, and what it issues. */
public final class TestCluster {
    private final Path directory;
    private final CertificateAuthority authority;

    public TestCluster(Path directory) throws Exception {
        this.directory = directory;
        authority =
                CertificateAuthority.create(
                        directory,
                        "test",
                        Duration.ofDays(1000),
                        Instant.now().minus(Duration.ofDays(100)),
                        false);
    }

    public Path authorityFile() {
        return CertificateAuthority.certificateFile(directory);
    }

    /** The list of revoked certificates. */
    public Path revokedFile() {
        return CertificateAuthority.revocationFile(directory);
    }

    /** Another certificate for a node that knows who is revoked. */
    public PeerTls listing(String node, TlsEngine engine) throws Exception {
        IssuedCertificate issued = authority.issue(node, directory.resolve("listing-" + node));
        return PeerTls.load(
                new TlsFiles(authorityFile(), issued.certificateFile(), issued.keyFile())
                        .withRevoked(revokedFile()),
                node,
                engine,
                Clock.systemUTC());
    }

    /** Takes back all certificates of a node. */
    public void revoke(String node) throws Exception {
        assertThat(authority.revoke(node, Instant.now())).isNotEmpty();
    }

    /** Puts a new certificate and key in the place of a node's. */
    public void renew(String node, Duration validity) throws Exception {
        authority.renew(
                node,
                directory.resolve("of-" + node),
                validity,
                Instant.now().minus(Duration.ofDays(1)),
                null);
    }

    /** Puts a new certificate and key where a node's are, whatever is there. */
    public void issue(String node) throws Exception {
        authority.issue(
                node,
                directory.resolve("of-" + node),
                Duration.ofDays(20),
                Instant.now().minus(Duration.ofDays(1)),
                true);
    }

    public TlsFiles files(String node) throws Exception {
        IssuedCertificate issued = authority.issue(node, directory.resolve("of-" + node));
        return new TlsFiles(authorityFile(), issued.certificateFile(), issued.keyFile());
    }

    public PeerTls tls(String node, TlsEngine engine) throws Exception {
        return PeerTls.load(files(node), node, engine, Clock.systemUTC());
    }

    /** Another certificate for the same node. */
    public PeerTls again(String node, String suffix) throws Exception {
        IssuedCertificate issued = authority.issue(node, directory.resolve(suffix + "-" + node));
        return PeerTls.load(
                new TlsFiles(authorityFile(), issued.certificateFile(), issued.keyFile()), node);
    }

    public PeerTls tls(String node) throws Exception {
        return tls(node, TlsEngine.best());
    }

    /** A certificate that ended yesterday, loaded by a node that does not know what day it is. */
    public PeerTls expired(String node, TlsEngine engine) throws Exception {
        Instant start = Instant.now().minus(Duration.ofDays(20));
        IssuedCertificate issued =
                authority.issue(node, directory.resolve("old-" + node), Duration.ofDays(19), start);
        return PeerTls.load(
                new TlsFiles(authorityFile(), issued.certificateFile(), issued.keyFile()),
                node,
                engine,
                Clock.fixed(start.plus(Duration.ofDays(2)), ZoneOffset.UTC));
    }
}
