package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a person is told of files that cannot be used. */
final class PeerTlsTest {
    private final Path directory;
    private final TestCluster cluster;
    private final TlsFiles good;

    PeerTlsTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        cluster = new TestCluster(directory.resolve("ca"));
        good = cluster.files("a");
    }

    private static void refused(TlsFiles files, String node, Path named, String why) {
        assertThatThrownBy(() -> PeerTls.load(files, node))
                .isInstanceOf(TlsSetupException.class)
                .hasMessageContaining(named.toString())
                .hasMessageContaining(why)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void goodFilesLoad() throws Exception {
        PeerTls tls = PeerTls.load(good, "a");
        assertThat(tls.engine()).isEqualTo(TlsEngine.best());
        assertThat(tls.validUntil()).isAfter(Instant.now());
        assertThat(TlsEngine.JDK.title()).isEqualTo("JDK");
    }

    @Test
    void missingAndDamagedFiles() throws Exception {
        Path none = directory.resolve("none.pem");
        refused(new TlsFiles(none, good.certificate(), good.key()), "a", none, "is missing");
        refused(new TlsFiles(good.authority(), none, good.key()), "a", none, "is missing");
        refused(new TlsFiles(good.authority(), good.certificate(), none), "a", none, "is missing");
        Path text = Files.writeString(directory.resolve("text.pem"), "hello");
        refused(
                new TlsFiles(text, good.certificate(), good.key()),
                "a",
                text,
                "holds no certificate");
        refused(
                new TlsFiles(good.authority(), good.certificate(), text),
                "a",
                text,
                "holds no private key");
        Path damaged =
                Files.writeString(
                        directory.resolve("damaged.pem"),
                        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
                                + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
        refused(
                new TlsFiles(good.authority(), damaged, good.key()),
                "a",
                damaged,
                "damaged certificate");
        refused(
                new TlsFiles(good.authority(), good.certificate(), damaged),
                "a",
                damaged,
                "issue a new one");
        Path old =
                Files.writeString(
                        directory.resolve("old.pem"),
                        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n");
        refused(
                new TlsFiles(good.authority(), good.certificate(), old),
                "a",
                old,
                "openssl pkcs8 -topk8 -nocrypt");
    }

    @Test
    void filesThatDoNotBelongTogether() throws Exception {
        TlsFiles other = cluster.files("b");
        refused(
                new TlsFiles(good.authority(), good.certificate(), other.key()),
                "a",
                other.key(),
                "is not the key of");
        refused(good, "b", good.certificate(), "is for 'a', not for this node 'b'");
        refused(
                new TlsFiles(good.certificate(), good.certificate(), good.key()),
                "a",
                good.certificate(),
                "is not a CA's certificate");
        TestCluster foreign = new TestCluster(directory.resolve("foreign"));
        refused(
                new TlsFiles(foreign.authorityFile(), good.certificate(), good.key()),
                "a",
                good.certificate(),
                "is not signed by the CA in");
    }

    @Test
    void datesOfTheOwnCertificate() {
        Clock late = Clock.offset(Clock.systemUTC(), Duration.ofDays(500));
        assertThatThrownBy(() -> PeerTls.load(good, "a", TlsEngine.JDK, late))
                .hasMessageContaining("has expired on 20")
                .hasMessageContaining("issue a new one");
        Clock early = Clock.offset(Clock.systemUTC(), Duration.ofDays(-50));
        assertThatThrownBy(() -> PeerTls.load(good, "a", TlsEngine.JDK, early))
                .hasMessageContaining("is not valid before 20")
                .hasMessageContaining("clock");
    }
}
