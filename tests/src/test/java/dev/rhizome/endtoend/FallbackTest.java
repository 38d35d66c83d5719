package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Where the kernel allows no io_uring and the file system no direct I/O. */
@Timeout(120)
final class FallbackTest {
    @RegisterExtension final Cluster cluster = new Cluster("io-uring = false, direct-io = false");

    @Test
    void writesAreMirroredAndSurviveACrash() throws IOException {
        Tool.requireLibnbd();
        cluster.startInStep();
        assertThat(cluster.alpha().status().ioEngine()).startsWith("worker-threads");
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
