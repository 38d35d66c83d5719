package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.transport.Loops;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What CAN_MULTI_CONN promises, over a volume that loses at a loss of power what is not flushed.
 */
@Timeout(120)
final class NbdMultiConnectionTest {
    private static final int SIZE = 1 << 20;
    private static final byte[] NOTHING = {};
    private final TestServer server;

    NbdMultiConnectionTest(@TempDir Path directory) throws Exception {
        server = new TestServer(directory, SIZE);
    }

    @BeforeEach
    void begin() {
        Loops.run(server.loop, server.volume::separateDurable);
    }

    @AfterEach
    void end() {
        server.close();
    }

    private static byte[] random(int seed) {
        byte[] bytes = new byte[4096];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private boolean isDurable(long offset, byte[] data) {
        int from = (int) offset;
        return Loops.on(
                server.loop,
                () ->
                        Arrays.equals(
                                Arrays.copyOfRange(
                                        server.volume.durable(), from, from + data.length),
                                data));
    }

    @Test
    void aFlushCoversTheWritesOfAllConnections() throws Exception {
        try (RawClient first = server.connect().enter(true);
                RawClient second = server.connect().enter(false);
                RawClient third = server.connect().enter(true)) {
            first.request(Nbd.CMD_WRITE, 0, 1, 0, 4096, random(1));
            assertThat(first.simple(1)).isZero();
            second.request(Nbd.CMD_WRITE, 0, 2, 4096, 4096, random(2));
            assertThat(second.simple(2)).isZero();
            assertThat(isDurable(0, random(1))).isFalse();
            assertThat(isDurable(4096, random(2))).isFalse();

            third.request(Nbd.CMD_FLUSH, 3, 0, 0);
            assertThat(third.simple(3)).isZero();

            assertThat(isDurable(0, random(1))).isTrue();
            assertThat(isDurable(4096, random(2))).isTrue();
        }
    }

    @Test
    void aFlushOutlivesTheConnectionThatWrote() throws Exception {
        try (RawClient first = server.connect().enter(true)) {
            first.request(Nbd.CMD_WRITE, 0, 1, 0, 4096, random(1));
            assertThat(first.simple(1)).isZero();
        }
        server.until(() -> server.server.counters().connections() == 0);
        try (RawClient second = server.connect().enter(true)) {
            second.request(Nbd.CMD_FLUSH, 2, 0, 0);
            assertThat(second.simple(2)).isZero();
        }
        assertThat(isDurable(0, random(1))).isTrue();
    }

    @Test
    void whatOneWritesAllRead() throws Exception {
        try (RawClient first = server.connect().enter(true);
                RawClient second = server.connect().enter(false)) {
            first.request(Nbd.CMD_WRITE, Nbd.CMD_FLAG_FUA, 1, 8192, 4096, random(3));
            assertThat(first.simple(1)).isZero();
            assertThat(isDurable(8192, random(3))).isTrue();
            second.request(Nbd.CMD_READ, 2, 8192, 4096);
            assertThat(second.simple(2)).isZero();
            assertThat(second.in.readNBytes(4096)).isEqualTo(random(3));
            first.request(Nbd.CMD_WRITE_ZEROES, Nbd.CMD_FLAG_FUA, 3, 8192, 4096, NOTHING);
            assertThat(first.simple(3)).isZero();
            second.request(Nbd.CMD_READ, 4, 8192, 4096);
            assertThat(second.simple(4)).isZero();
            assertThat(second.in.readNBytes(4096)).isEqualTo(new byte[4096]);
        }
    }
}
