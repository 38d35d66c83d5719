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

/** Whether a resync is compressed, as the link is. */
@Timeout(180)
final class CompressionTest {
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

    private Status resync() throws IOException {
        fill(cluster.alpha().disk());
        cluster.startInStep();
        Status status = cluster.alpha().status();
        cluster.requireIdentical();
        System.out.printf(
                "resync of %d MiB of text: %,d bytes of data, %,d on the wire%n",
                TEXT_BYTES >> 20, status.dataBytes(), status.dataWireBytes());
        return status;
    }

    @Test
    void notWhereTheLinkIsFast() throws IOException {
        Status status = resync();
        assertThat(status.dataWireBytes()).isGreaterThan(status.dataBytes() / 10 * 9);
        assertThat(status.compressing()).isFalse();
    }

    @Test
    void whereTheLinkIsSlow() throws IOException {
        cluster.proxies().forEach(proxy -> proxy.rate(8_000_000));
        Status status = resync();
        assertThat(status.dataWireBytes()).isLessThan(status.dataBytes() / 2);
    }
}
