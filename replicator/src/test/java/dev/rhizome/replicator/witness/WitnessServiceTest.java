package dev.rhizome.replicator.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.witness.Holding;
import dev.rhizome.core.witness.LedgerCodec;
import dev.rhizome.core.witness.LedgerImage;
import dev.rhizome.pki.CertificateAuthority;
import dev.rhizome.pki.IssuedCertificate;
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
                        CertificateAuthority.certificateFile(directory),
                        issued.certificateFile(),
                        issued.keyFile());
    }

    private List<Holding> list(WitnessService service, IssuedCertificate asker, String name)
            throws WitnessException {
        return WitnessTool.list(
                service.address(),
                name,
                "a",
                options.authority(),
                asker.certificateFile(),
                asker.keyFile(),
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
                            "witness",
                            service.address(),
                            other,
                            options.authority(),
                            options.certificate(),
                            options.key());
            assertThatThrownBy(() -> WitnessService.start(same))
                    .hasMessageContaining("cannot listen on 127.0.0.1:");
        }
    }
}
