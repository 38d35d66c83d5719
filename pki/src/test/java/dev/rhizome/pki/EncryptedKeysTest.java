package dev.rhizome.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that are encrypted by a passphrase. */
final class EncryptedKeysTest {
    private static final Duration DAYS = Duration.ofDays(9);

    private final Path directory;
    private final Path file;

    EncryptedKeysTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        file = secret("passphrase", "correct horse\n");
    }

    private Path secret(String name, String text) throws Exception {
        Path made = Files.writeString(directory.resolve(name), text);
        Files.setPosixFilePermissions(made, PosixFilePermissions.fromString("rw-------"));
        return made;
    }

    private CertificateAuthority authority() throws Exception {
        return CertificateAuthority.create(
                directory, "farm", DAYS, Instant.now(), false, Passphrase.read(file));
    }

    private void refused(String reason, Path... passphrase) {
        assertThatThrownBy(
                        () ->
                                CertificateAuthority.open(
                                        directory,
                                        passphrase.length == 0
                                                ? null
                                                : Passphrase.read(passphrase[0])))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining(reason)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void anAuthoritysKeyOpensByItsPassphraseOnly() throws Exception {
        authority();
        assertThat(directory.resolve("ca.key")).content().contains("BEGIN ENCRYPTED PRIVATE KEY");
        refused(directory.resolve("ca.key") + " is encrypted; name the file");
        refused("ca.key is not opened by the passphrase in", secret("wrong", "correct pony\n"));

        CertificateAuthority.open(directory, Passphrase.read(file)).issue("alpha", directory);
    }

    @Test
    void aPassphraseFileIsNotForEverybody() throws Exception {
        authority();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        refused(file + " can be read by everybody; chmod 600", file);
        refused("holds no passphrase of at least 8 characters", secret("short", "1234567\n"));
        refused("holds no passphrase of at least 8 characters", secret("empty", ""));
        refused("not all ASCII", secret("umlaut", "pässwort1\n"));
        refused("there is no such file", directory.resolve("none"));
        refused("is a directory", directory);
    }

    @Test
    void anEncryptedKeyStaysEncryptedWhenItIsRenewed() throws Exception {
        CertificateAuthority authority = authority();
        Instant start = Instant.now().minus(Duration.ofHours(1));
        authority.issue("alpha", directory, DAYS, start, false, Passphrase.read(file));
        assertThatThrownBy(() -> authority.renew("alpha", directory, DAYS, start, null))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("alpha.key is encrypted")
                .hasMessageContaining("--key-passphrase-file");

        authority.renew("alpha", directory, DAYS, start, Passphrase.read(file));

        assertThat(directory.resolve("alpha.key"))
                .content()
                .contains("BEGIN ENCRYPTED PRIVATE KEY");
    }

    @Test
    void opensslReadsThemAndTheOtherWayRound() throws Exception {
        authority();
        Path key = directory.resolve("ca.key");
        Path converted = directory.resolve("converted.key");
        String read =
                OpenSsl.run(
                        "pkcs8",
                        "-topk8",
                        "-in",
                        key.toString(),
                        "-passin",
                        "file:" + file,
                        "-passout",
                        "pass:another one",
                        "-out",
                        converted.toString());
        assertThat(read).startsWith("0 ");
        Files.copy(converted, key, java.nio.file.StandardCopyOption.REPLACE_EXISTING);

        Path other = secret("other", "another one\n");
        CertificateAuthority.open(directory, Passphrase.read(other)).issue("alpha", directory);
    }
}
