package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where the kernel allows no io_uring, the file system no direct I/O, the machine no BoringSSL. */
@Timeout(120)
final class FallbackTest {
    private static final String NO_BORINGSSL = "-Dio.netty.handler.ssl.noOpenSsl=true";

    @RegisterExtension final Cluster cluster = new Cluster("io-uring = false, direct-io = false");

    @Test
    void withoutIoUringAndDirectIo() throws IOException {
        cluster.startInStep();
        assertThat(cluster.alpha().status().ioEngine()).startsWith("worker-threads");
        requireAFailover();
    }

    @Test
    void withTheTlsOfTheJdkOnOneNode() throws IOException {
        cluster.beta().javaOptions(NO_BORINGSSL);
        cluster.startInStep();
        assertThat(cluster.beta().status().tlsEngine()).isEqualTo("JDK");
        requireAFailover();
    }

    @Test
    void withTheTlsOfTheJdkOnBothNodes() throws IOException {
        cluster.alpha().javaOptions(NO_BORINGSSL);
        cluster.beta().javaOptions(NO_BORINGSSL);
        cluster.startInStep();
        assertThat(cluster.alpha().status().tlsEngine()).isEqualTo("JDK");
        requireAFailover();
    }

    private void requireAFailover() throws IOException {
        Tool.requireLibnbd();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal, 0)) {
            writer.awaitMore(1000);
            cluster.alpha().kill();
            writer.end();
        }
        cluster.beta().promoteWhenAllowed();
        StampedWriter.requireNoneLost(cluster.beta(), journal);
        cluster.alpha().start();
        cluster.requireIdentical();
        assertThat(cluster.alpha().stop()).isZero();
        assertThat(cluster.beta().stop()).isZero();
    }
}
