package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.nbd.MemoryVolume.Answers;
import dev.rhizome.transport.nbd.RawClient.Chunk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sizes at their limits, and clients that take more than they give. */
@Timeout(120)
final class NbdLimitsTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 64 * MIB;
    private static final byte[] NOTHING = {};

    /** More than a server may take from a client that does not read. */
    private static final long PATIENCE_BYTES = 32L * MIB;

    /** Turns of the loop without a byte taken, after which nobody can say that it goes on. */
    private static final int IDLE_TURNS = 200;

    private final TestServer server;

    NbdLimitsTest(@TempDir Path directory) throws Exception {
        server = new TestServer(directory, SIZE);
    }

    @AfterEach
    void end() {
        server.close();
    }

    @Test
    void readsOfThirtyTwoMebibytesAndOfMore() throws Exception {
        try (RawClient simple = server.connect().enter(false);
                RawClient structured = server.connect().enter(true)) {
            simple.request(Nbd.CMD_READ, 1, SIZE - 32 * MIB, 32 * MIB);
            assertThat(simple.simple(1)).isZero();
            simple.in.skipNBytes(32 * MIB);
            structured.request(Nbd.CMD_READ, 2, 0, 32 * MIB);
            int bytes = 0;
            Chunk chunk;
            do {
                chunk = structured.chunk();
                bytes += chunk.body().capacity() - Long.BYTES;
            } while (!chunk.done());
            assertThat(bytes).isEqualTo(32 * MIB);
            // "EOVERFLOW: a client should be prepared to retry with smaller requests"; a simple
            // reply knows no such error.
            for (int length : new int[] {32 * MIB + 512, -512, -1}) {
                simple.request(Nbd.CMD_READ, 3, 0, length);
                assertThat(simple.simple(3)).isEqualTo(Nbd.EINVAL);
                structured.request(Nbd.CMD_READ, 4, 0, length);
                assertThat(structured.error(4)).isEqualTo(Nbd.EOVERFLOW);
            }
        }
    }

    @Test
    void aWriteThatIsTooLargeIsDrained() throws Exception {
        try (RawClient client = server.connect().enter(true)) {
            client.request(Nbd.CMD_WRITE, 0, 1, 0, 32 * MIB, new byte[32 * MIB]);
            assertThat(client.simple(1)).isZero();
            client.request(Nbd.CMD_WRITE, 0, 2, 0, 32 * MIB + 1, new byte[32 * MIB + 1]);
            assertThat(client.error(2)).isEqualTo(Nbd.EINVAL);
            client.request(Nbd.CMD_FLUSH, 3, 0, 0);
            assertThat(client.simple(3)).isZero();
        }
    }

    @Test
    void offsetsNearTheEndOfWhatCanBeSaid() throws Exception {
        long[] offsets = {Long.MAX_VALUE - 511, Long.MIN_VALUE, Long.MIN_VALUE + 512, -512, -1};
        try (RawClient client = server.connect().enterWithContext()) {
            for (long offset : offsets) {
                for (int command :
                        new int[] {
                            Nbd.CMD_READ, Nbd.CMD_TRIM, Nbd.CMD_CACHE, Nbd.CMD_BLOCK_STATUS
                        }) {
                    client.request(command, 1, offset, 512);
                    assertThat(client.error(1)).isEqualTo(Nbd.EINVAL);
                }
                client.request(Nbd.CMD_WRITE, 0, 2, offset, 512, new byte[512]);
                assertThat(client.error(2)).isEqualTo(Nbd.ENOSPC);
                client.request(Nbd.CMD_WRITE_ZEROES, 3, offset, -512);
                assertThat(client.error(3)).isEqualTo(Nbd.ENOSPC);
            }
        }
        assertThat(server.volume.asked).isEmpty();
    }

    @Test
    void theSizeIsThatOfTheTimeOfTheNegotiation() throws Exception {
        try (RawClient before = server.connect().greet(3)) {
            before.option(Nbd.OPT_GO, RawClient.go(""));
            assertThat(size(before)).isEqualTo(SIZE);
            server.volume.sizeBytes = SIZE / 2;
            try (RawClient after = server.connect().greet(3)) {
                after.option(Nbd.OPT_GO, RawClient.go(""));
                assertThat(size(after)).isEqualTo(SIZE / 2);
            }
            // Who was told of more is refused what is not there any more.
            before.reply();
            before.request(Nbd.CMD_READ, 1, SIZE / 2, 512);
            assertThat(before.simple(1)).isEqualTo(Nbd.EINVAL);
            // NBD_CMD_RESIZE of the extension: a client connects again instead.
            before.request(8, 2, 0, SIZE);
            assertThat(before.simple(2)).isEqualTo(Nbd.EINVAL);
        }
    }

    private static long size(RawClient client) throws Exception {
        String data = client.reply().data();
        byte[] bytes = data.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.wrap(bytes).getLong(Short.BYTES);
    }

    @Test
    void nothingComesBetweenThePartsOfALargeSimpleReply() throws Exception {
        server.volume.answers = Answers.WHEN_TOLD;
        try (RawClient client = server.connect().enter(false)) {
            client.request(Nbd.CMD_READ, 1, 0, 3 * MIB);
            client.request(Nbd.CMD_READ, 2, 1, 1);
            client.request(Nbd.CMD_CACHE, 3, 0, 512);
            for (int part = 0; part < 3; part++) {
                server.until(() -> server.volume.waiting() == 1);
                Loops.run(server.loop, server.volume::tell);
            }
            assertThat(client.simple(1)).isZero();
            assertThat(client.in.readNBytes(3 * MIB)).isEqualTo(new byte[3 * MIB]);
            assertThat(client.simple(2)).isEqualTo(Nbd.EINVAL);
            assertThat(client.simple(3)).isZero();
        }
    }

    @Test
    void aClientThatDoesNotReadItsRefusalsIsNotRead() throws Exception {
        ByteBuffer request = ByteBuffer.allocate(Nbd.REQUEST_BYTES);
        request.putInt(Nbd.REQUEST_MAGIC).putShort((short) 0x4000).clear();
        try (RawClient client = server.connect().enter(true)) {
            client.channel.configureBlocking(false);
            long sent = sendUntilItStops(client.channel, request);
            assertThat(sent).isLessThan(PATIENCE_BYTES);
            client.channel.configureBlocking(true);
            for (long each = sent / Nbd.REQUEST_BYTES; each > 0; each--) {
                assertThat(client.error(0)).isEqualTo(Nbd.EINVAL);
            }
            // It is read again.
            client.channel.write(request);
            client.request(Nbd.CMD_FLUSH, 5, 0, 0);
            if (request.position() > 0) {
                assertThat(client.error(0)).isEqualTo(Nbd.EINVAL);
            }
            assertThat(client.simple(5)).isZero();
        }
    }

    /** Sends the same again and again; how much has been sent when the server takes no more. */
    private long sendUntilItStops(SocketChannel channel, ByteBuffer message) throws IOException {
        long sent = 0;
        int idle = 0;
        while (sent < PATIENCE_BYTES && idle < IDLE_TURNS) {
            int written = channel.write(message);
            sent += written;
            if (!message.hasRemaining()) {
                message.clear();
            }
            if (written == 0) {
                idle++;
                // A turn of the server's loop, which reads what it is willing to read.
                server.counters();
            } else {
                idle = 0;
            }
        }
        return sent;
    }

    @Test
    void aClientThatDoesNotReadTheRepliesToItsOptionsIsDropped() throws Exception {
        try (RawClient client = server.connect().greet(3)) {
            long sent = 0;
            try {
                while (sent < PATIENCE_BYTES) {
                    client.option(Nbd.OPT_LIST, NOTHING);
                    sent += Nbd.OPTION_HEADER_BYTES;
                }
            } catch (IOException e) {
                // A broken pipe: dropped.
                assertThat(e).isNotNull();
            }
            assertThat(sent).isLessThan(PATIENCE_BYTES);
        }
        server.until(() -> server.server.counters().connections() == 0);
    }
}
