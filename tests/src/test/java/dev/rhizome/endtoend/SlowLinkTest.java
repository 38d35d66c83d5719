package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A link that is slower than all else, and far away. */
@Timeout(180)
final class SlowLinkTest {
    private static final int TEXT_BYTES = 40 << 20;

    @RegisterExtension final Cluster cluster = Cluster.throughProxies(1, "");

    /** Words from a small vocabulary, as logs and databases are. */
    private static void fill(Path disk) throws IOException {
        Random random = new Random(3);
        byte[] words = new byte[4096];
        random.nextBytes(words);
        ByteBuffer part = ByteBuffer.allocate(1 << 20);
        try (FileChannel file = FileChannel.open(disk, StandardOpenOption.WRITE)) {
            for (int at = 0; at < TEXT_BYTES; at += part.capacity()) {
                part.clear();
                while (part.hasRemaining()) {
                    int length = Math.min(part.remaining(), 8 + random.nextInt(24));
                    part.put(words, random.nextInt(64) * 32, length);
                }
                file.write(part.flip(), at);
            }
        }
    }

    @Test
    void aResyncOverASlowLinkIsCompressed() throws IOException {
        cluster.proxies().forEach(proxy -> proxy.rate(8_000_000));
        fill(cluster.alpha().disk());
        cluster.startInStep();
        Status status = cluster.alpha().status();
        assertThat(status.dataBytes()).isGreaterThanOrEqualTo(TEXT_BYTES);
        assertThat(status.dataWireBytes()).isLessThan(status.dataBytes() * 3 / 4);
        cluster.requireIdentical();
    }

    @Test
    void slowAndFarAwayIsNotLost() throws IOException {
        Tool.requireLibnbd();
        cluster.startInStep();
        Path journal = cluster.folder().resolve("journal");
        try (StampedWriter writer = StampedWriter.start(cluster.alpha(), journal, 0)) {
            cluster.proxies().forEach(proxy -> proxy.rate(2_000_000));
            cluster.proxies().forEach(proxy -> proxy.delayMs(20));
            writer.awaitMore(1000);
            assertThat(cluster.alpha().status().connected()).isTrue();
            assertThat(cluster.alpha().logged("is down:")).isZero();
            assertThat(writer.stop().failed()).isZero();
        }
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), journal);
    }
}
