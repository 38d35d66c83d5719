package dev.rhizome.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is taken from the authority to a node. */
final class BundleTest {
    private static final List<String> ALL = List.of("ca.crt", "ca.crl", "beta.crt", "beta.key");

    private final Path home;
    private final Path there;
    private final CertificateAuthority authority;

    BundleTest(@TempDir Path directory) throws Exception {
        home = directory.resolve("alpha");
        there = directory.resolve("beta");
        authority = CertificateAuthority.create(home, "farm");
        authority.issue("beta", home);
    }

    private static void refused(Path into, String text, String reason) {
        assertThatThrownBy(() -> Bundle.install(into, text, false))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining(reason)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aNodeGetsAllThatItNeedsAndNothingMore() throws Exception {
        List<Path> written = Bundle.install(there, Bundle.of(home, "beta"), false);

        assertThat(written).isEqualTo(ALL.stream().map(there::resolve).toList());
        for (String name : ALL) {
            assertThat(there.resolve(name)).hasSameTextualContentAs(home.resolve(name));
        }
        assertThat(Files.getPosixFilePermissions(there.resolve("beta.key")))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.getPosixFilePermissions(there))
                .isEqualTo(PosixFilePermissions.fromString("rwx------"));
        assertThat(there.resolve("ca.key")).doesNotExist();
    }

    @Test
    void aLaterOneBringsWhatIsNew() throws Exception {
        Bundle.install(there, Bundle.of(home, "beta"), false);
        String old = Bundle.of(home, null);
        authority.renew("beta", home, Duration.ofDays(9), Instant.now(), null);
        authority.revoke("ABCDEF0123456789ABCDEF0123456789", Instant.now());

        assertThat(Bundle.install(there, Bundle.of(home, "beta"), false)).hasSize(3);
        assertThat(there.resolve("beta.crt")).hasSameTextualContentAs(home.resolve("beta.crt"));
        assertThat(there.resolve("ca.crl")).hasSameTextualContentAs(home.resolve("ca.crl"));
        assertThat(Bundle.install(there, old, false)).as("an older list").isEmpty();
        assertThat(there.resolve("ca.crl")).hasSameTextualContentAs(home.resolve("ca.crl"));
    }

    @Test
    void anotherAuthorityReplacesNothingByAccident() throws Exception {
        Bundle.install(there, Bundle.of(home, "beta"), false);
        Path foreign = there.resolveSibling("foreign");
        CertificateAuthority.create(foreign, "farm").issue("beta", foreign);
        String other = Bundle.of(foreign, "beta");

        refused(there, other, there.resolve("ca.crt") + " is of another authority than the bundle");

        assertThat(Bundle.install(there, other, true)).hasSize(4);
    }

    @Test
    void brokenOnesWriteNothing() throws Exception {
        String good = Bundle.of(home, "beta");
        refused(there, "", "the bundle is empty");
        refused(there, "hello", "the bundle is empty");
        refused(there, good.substring(0, good.length() - 40), "make and send it again");
        refused(there, good.substring(0, good.indexOf("-----BEGIN PRIVATE KEY")), "is not whole");
        refused(
                there,
                Bundle.of(home, null) + Files.readString(home.resolve("ca.key")),
                "is not whole");
        authority.issue("gamma", home);
        refused(
                there,
                Bundle.of(home, null)
                        + Files.readString(home.resolve("beta.crt"))
                        + Files.readString(home.resolve("gamma.key")),
                "the key in the bundle is not that of the certificate in it");
        Path foreign = there.resolveSibling("foreign");
        CertificateAuthority.create(foreign, "farm").issue("beta", foreign);
        refused(
                there,
                Bundle.of(foreign, null)
                        + Files.readString(home.resolve("beta.crt"))
                        + Files.readString(home.resolve("beta.key")),
                "is not signed by the authority in it");
        refused(
                there,
                Files.readString(home.resolve("beta.crt")),
                "does not begin with an authority's certificate");
        assertThat(there).doesNotExist();
        assertThatThrownBy(() -> Bundle.of(home, "delta"))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("delta.crt: there is no such file");
    }
}
