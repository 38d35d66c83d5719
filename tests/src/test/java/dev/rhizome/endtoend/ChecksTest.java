package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The checks of the other tests find what they should. */
@Timeout(120)
final class ChecksTest {
    @RegisterExtension final Cluster cluster = new Cluster();

    @Test
    void aByteThatDiffersIsFound() throws IOException {
        cluster.startInStep();
        cluster.requireIdentical();
        long last = cluster.alpha().status().sizeBytes() - 1;
        try (FileChannel disk = FileChannel.open(cluster.beta().disk(), StandardOpenOption.WRITE)) {
            disk.write(ByteBuffer.wrap(new byte[] {1}), last);
        }
        assertThatThrownBy(cluster::requireIdentical).hasMessageContaining(Long.toString(last));
    }

    @Test
    void aWriteThatIsMissingIsFound() throws IOException {
        Tool.requireLibnbd();
        cluster.startInStep();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal, 0)) {
            writer.awaitMore(250);
            writer.stop();
        }
        StampedWriter.requireNoneLost(cluster.alpha(), journal);
        Path more = Files.writeString(cluster.folder().resolve("more"), "s 777777 5\na 777777 5\n");
        assertThatThrownBy(() -> StampedWriter.requireNoneLost(cluster.alpha(), journal, more))
                .hasMessageContaining("lost 1 of");
    }
}
