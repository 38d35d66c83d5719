package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
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

    @Test
    void filesThatAreNone() throws Exception {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Path empty = Files.writeString(directory.resolve("empty"), "");
        refused(new TlsFiles(folder, good.certificate(), good.key()), "a", folder, "a directory");
        refused(new TlsFiles(good.authority(), folder, good.key()), "a", folder, "a directory");
        refused(
                new TlsFiles(good.authority(), good.certificate(), folder),
                "a",
                folder,
                "a directory");
        refused(new TlsFiles(empty, good.certificate(), good.key()), "a", empty, "is empty");
        refused(new TlsFiles(good.authority(), empty, good.key()), "a", empty, "is empty");
        refused(new TlsFiles(good.authority(), good.certificate(), empty), "a", empty, "is empty");
        refused(good.withRevoked(folder), "a", folder, "a directory");
        refused(good.withRevoked(empty), "a", empty, "is empty");
    }

    @Test
    void aFileThatThisUserMustNotRead() throws Exception {
        Files.setPosixFilePermissions(good.key(), Set.of());
        assumeFalse(Files.isReadable(good.key()), "root reads every file");
        refused(good, "a", good.key(), "must not be read by this user; check its owner and mode");
    }

    @Test
    void listsOfRevokedCertificates() throws Exception {
        Path none = directory.resolve("none");
        assertThat(PeerTls.load(good.withRevoked(none), "a").revocations().listed()).isFalse();
        PeerTls listed = PeerTls.load(good.withRevoked(cluster.revokedFile()), "a");
        assertThat(listed.revocations().listed()).isTrue();
        assertThat(listed.revocations().count()).isZero();
        Path astray = Files.createSymbolicLink(directory.resolve("astray"), none);
        refused(good.withRevoked(astray), "a", astray, "is missing");
        Path text = Files.writeString(directory.resolve("text"), "hello");
        refused(good.withRevoked(text), "a", text, "holds no revocation list in PEM form");
        Path damaged =
                Files.writeString(
                        directory.resolve("damaged"),
                        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n");
        refused(good.withRevoked(damaged), "a", damaged, "damaged revocation list; copy it again");
        Path foreign = new TestCluster(directory.resolve("other")).revokedFile();
        refused(
                good.withRevoked(foreign),
                "a",
                foreign,
                "not signed by this cluster's CA but by CN=test CA; copy the ca.crl");
    }

    @Test
    void encryptedKeys() throws Exception {
        Path passphrase = secret("passphrase", "correct horse\n");
        Path key = encrypted("aes-256-cbc", passphrase);
        TlsFiles files = new TlsFiles(good.authority(), good.certificate(), key);
        refused(files, "a", key, "is encrypted; name the file with its passphrase");
        assertThat(PeerTls.load(files.withPassphrase(passphrase), "a").certificate())
                .isEqualTo(PeerTls.load(good, "a").certificate());
        Path wrong = secret("wrong", "correct pony\n");
        refused(files.withPassphrase(wrong), "a", key, "is not opened by the passphrase in");
        refused(files.withPassphrase(wrong), "a", wrong, "put the right one there");
        Path none = directory.resolve("none");
        refused(files.withPassphrase(none), "a", none, "is missing");
        Path empty = secret("empty", "");
        refused(files.withPassphrase(empty), "a", empty, "is empty");
        Path umlaut = secret("umlaut", "g\u00e4nsef\u00fc\u00dfchen");
        refused(files.withPassphrase(umlaut), "a", umlaut, "not all ASCII");
        Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-r--r--"));
        refused(
                files.withPassphrase(passphrase),
                "a",
                passphrase,
                "can be read by everybody; chmod 600");
        assertThat(PeerTls.load(good.withPassphrase(wrong), "a"))
                .as("a key that is not encrypted needs none")
                .isNotNull();
    }

    @Test
    void aKeyThatIsEncryptedInAnotherWay() throws Exception {
        Path passphrase = secret("passphrase", "correct horse\n");
        Path key = encrypted("des3", passphrase);
        refused(
                new TlsFiles(good.authority(), good.certificate(), key).withPassphrase(passphrase),
                "a",
                key,
                "encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc");
    }

    private Path secret(String name, String text) throws Exception {
        Path file = Files.writeString(directory.resolve(name), text, StandardCharsets.ISO_8859_1);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file;
    }

    /** The good key, encrypted by openssl. */
    private Path encrypted(String cipher, Path passphrase) throws Exception {
        Path key = directory.resolve(cipher + ".key");
        Process process;
        try {
            process =
                    new ProcessBuilder(
                                    "openssl",
                                    "pkcs8",
                                    "-topk8",
                                    "-v2",
                                    cipher,
                                    "-in",
                                    good.key().toString(),
                                    "-out",
                                    key.toString(),
                                    "-passout",
                                    "file:" + passphrase)
                            .inheritIO()
                            .start();
        } catch (IOException e) {
            return Assumptions.abort("there is no openssl command");
        }
        assertThat(process.waitFor()).isZero();
        return key;
    }
}
