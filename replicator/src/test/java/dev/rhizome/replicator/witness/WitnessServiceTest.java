package dev.rhizome.replicator.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.core.witness.LedgerCodec;
import dev.rhizome.core.witness.LedgerImage;
import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
import dev.rhizome.replicator.VolumeOptions;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The service as the daemon starts it, and its list as a person asks for it. */
@Timeout(120)
class WitnessServiceTest {
    private static final LedgerImage IMAGE =
            new LedgerImage(2, List.of(new Holding("r0", "a", 1000, 7, 8, List.of(0x11L), false)));

    private final Path directory;
    private final CertificateAuthority authority;
    private final WitnessServiceOptions options;

    WitnessServiceTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        authority =
                CertificateAuthority.create(
                        directory,
                        "test",
                        Duration.ofDays(10),
                        Instant.now().minus(Duration.ofDays(1)),
                        false);
        IssuedCertificate issued = authority.issue("witness", directory);
        options =
                new WitnessServiceOptions(
                        "witness",
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        directory.resolve("state"),
                        new VolumeOptions.CertificateFiles(
                                CertificateAuthority.certificateFile(directory),
                                issued.certificateFile(),
                                issued.keyFile()));
    }

    private List<Holding> list(WitnessService service, IssuedCertificate asker, String name)
            throws WitnessException {
        return WitnessTool.list(
                service.address(),
                name,
                "a",
                new VolumeOptions.CertificateFiles(
                        options.certificates().authority(),
                        asker.certificateFile(),
                        asker.keyFile()),
                Duration.ofSeconds(30));
    }

    @Test
    void itServesWhatIsInItsFileAndEndsInOrder() throws Exception {
        IssuedCertificate asker = authority.issue("a", directory);
        Files.write(options.state(), LedgerCodec.encode(IMAGE));
        WitnessService service = WitnessService.start(options);
        try {
            assertThat(list(service, asker, "witness")).isEqualTo(IMAGE.holdings());
            assertThatThrownBy(() -> list(service, asker, "other"))
                    .hasMessageContaining("its certificate is for 'witness'");
            assertThatThrownBy(() -> WitnessService.start(options))
                    .hasMessageContaining("in use by another process");
        } finally {
            service.close();
        }
        service.await();
        service.close();
        assertThatThrownBy(() -> list(service, asker, "witness"))
                .hasMessageContaining("connection refused");
        WitnessService.start(options).close();
    }

    @Test
    void itDoesNotStartWithoutItsFile() {
        assertThatThrownBy(() -> WitnessService.start(options))
                .isInstanceOf(WitnessException.class)
                .hasMessageContaining("rhizome witness create");
    }

    @Test
    void itSaysWhyItCannotListen() throws Exception {
        Files.write(options.state(), LedgerCodec.encode(IMAGE));
        try (WitnessService service = WitnessService.start(options)) {
            Path other = directory.resolve("other");
            WitnessFile.create(other);
            WitnessServiceOptions same =
                    new WitnessServiceOptions(
                            "witness", service.address(), other, options.certificates());
            assertThatThrownBy(() -> WitnessService.start(same))
                    .hasMessageContaining("cannot listen on 127.0.0.1:");
        }
    }

    @Test
    void aNodeThatIsRevokedMeanwhileIsNotServedAndARenewedCertificateIsShown() throws Exception {
        IssuedCertificate a = authority.issue("a", directory);
        Files.write(options.state(), LedgerCodec.encode(IMAGE));
        Path list = CertificateAuthority.revocationFile(directory);
        VolumeOptions.CertificateFiles files = options.certificates();
        WitnessServiceOptions listing =
                new WitnessServiceOptions(
                        options.name(),
                        options.listen(),
                        options.state(),
                        new VolumeOptions.CertificateFiles(
                                files.authority(), files.certificate(), files.key(), null, list));
        try (WitnessService service = WitnessService.start(listing)) {
            assertThat(list(service, a, "witness")).isEqualTo(IMAGE.holdings());
            authority.revoke("a", Instant.now());
            authority.renew(
                    "witness",
                    directory,
                    Duration.ofDays(9),
                    Instant.now().minus(Duration.ofHours(1)),
                    null);

            assertThat(refusal(service, a)).contains("it was revoked");
            authority.issue(
                    "a",
                    directory,
                    Duration.ofDays(9),
                    Instant.now().minus(Duration.ofHours(1)),
                    true);
            assertThat(list(service, a, "witness")).isEqualTo(IMAGE.holdings());
        }
    }

    /** What is said as soon as the service has seen the list. */
    private String refusal(WitnessService service, IssuedCertificate asker) throws Exception {
        long endNs = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (System.nanoTime() < endNs) {
            try {
                assertThat(list(service, asker, "witness")).isEqualTo(IMAGE.holdings());
                Thread.sleep(50);
            } catch (WitnessException e) {
                return String.valueOf(e.getMessage());
            }
        }
        throw new AssertionError("never refused");
    }
}
