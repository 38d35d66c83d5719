package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.policy.Compression;
import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.NettyPayload;
import dev.rhizome.transport.peer.TestNode.Event;
import dev.rhizome.transport.peer.TestNode.Kind;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Volume data that is compressed on the wire, and what each node has agreed to. */
final class CompressedLinkTest {
    private static final int[] SIZES = {512, 1024, 4096, 65536, 1 << 20};

    private final Loops loops = new Loops();
    private final TestCluster cluster;

    CompressedLinkTest(@TempDir Path directory) throws Exception {
        cluster = new TestCluster(directory.resolve("ca"));
    }

    @AfterEach
    void end() {
        loops.close();
    }

    private TestNode node(String name, String peer, Compression compression, int payloads)
            throws Exception {
        PeerLinkOptions options = TestNode.options(name, peer).withCompression(compression);
        return new TestNode(loops, options, cluster.tls(name), payloads);
    }

    private static void connect(TestNode a, TestNode b) throws Exception {
        a.peerAddress.set(b.start());
        a.start();
        a.await(Kind.UP);
        b.await(Kind.UP);
    }

    /** Text is repetitive, noise is not. */
    private static byte[] data(int sizeBytes, boolean noise) {
        byte[] data = new byte[sizeBytes];
        Random random = new Random(sizeBytes);
        if (noise) {
            random.nextBytes(data);
        } else {
            for (int i = 0; i < sizeBytes; i++) {
                data[i] = (byte) (i / 16 % 7);
            }
        }
        return data;
    }

    private static void send(TestNode from, int id, byte[] data) {
        Loops.run(
                from.loop,
                () -> {
                    NettyPayload payload = Objects.requireNonNull(from.pool.acquire(data.length));
                    payload.window(0, data.length).put(data);
                    FrameHeader header = new FrameHeader();
                    header.set(
                            FrameType.WRITE,
                            FrameHeader.FLAG_FUA,
                            data.length,
                            id,
                            1 << 20,
                            data.length,
                            9);
                    from.linkUp().send(header, payload);
                    from.linkUp().flush();
                });
    }

    private static void expect(TestNode to, int id, byte[] data) throws Exception {
        Event event = to.await(Kind.FRAME);
        FrameHeader header = Objects.requireNonNull(event.header());
        assertThat(header.id()).isEqualTo(id);
        assertThat(header.flags()).isEqualTo(FrameHeader.FLAG_FUA);
        assertThat(header.bodyBytes()).isEqualTo(data.length);
        assertThat(header.lengthBytes()).isEqualTo(data.length);
        assertThat(header.argument()).isEqualTo(9);
        assertThat(event.body()).isEqualTo(data);
    }

    @ParameterizedTest
    @CsvSource({
        "ALWAYS, ALWAYS, true",
        "ALWAYS, AUTO, true",
        "ALWAYS, NEVER, false",
        "NEVER, ALWAYS, false",
        "AUTO, AUTO, false"
    })
    void whatIsCompressed(Compression sender, Compression receiver, boolean compressed)
            throws Exception {
        TestNode a = node("a", "b", sender, 8);
        TestNode b = node("b", "a", receiver, 8);
        connect(a, b);
        long sent = 0;
        for (int i = 0; i < SIZES.length; i++) {
            byte[] text = data(SIZES[i], false);
            send(a, i, text);
            expect(b, i, text);
            sent += SIZES[i];
        }
        assertThat(Loops.on(a.loop, a.statistics::dataBytes)).isEqualTo(sent);
        assertThat(Loops.on(b.loop, b.statistics::dataReceivedBytes)).isEqualTo(sent);
        long wire = Loops.on(a.loop, a.statistics::dataWireBytes);
        assertThat(Loops.on(b.loop, b.statistics::dataReceivedWireBytes)).isEqualTo(wire);
        if (compressed) {
            assertThat(wire).isLessThan(sent / 10);
        } else {
            assertThat(wire).isEqualTo(sent);
        }
        assertThat(Loops.on(a.loop, a.pool::inUse)).isZero();
        assertThat(Loops.on(b.loop, b.pool::inUse)).isZero();
        a.stop();
        b.stop();
    }

    @Test
    void noiseTravelsAsItIs() throws Exception {
        TestNode a = node("a", "b", Compression.ALWAYS, 8);
        TestNode b = node("b", "a", Compression.ALWAYS, 8);
        connect(a, b);
        for (int i = 0; i < SIZES.length; i++) {
            byte[] noise = data(SIZES[i], true);
            send(a, i, noise);
            expect(b, i, noise);
        }
        long sent = Loops.on(a.loop, a.statistics::dataBytes);
        assertThat(Loops.on(a.loop, a.statistics::dataWireBytes)).isEqualTo(sent);
        a.stop();
        b.stop();
    }

    @Test
    void aSpentPoolStopsReadingAndLosesNothing() throws Exception {
        TestNode a = node("a", "b", Compression.ALWAYS, 8);
        TestNode b = node("b", "a", Compression.ALWAYS, 2);
        connect(a, b);
        b.holdPayloads = true;
        byte[] text = data(50_000, false);
        for (int i = 0; i < 20; i++) {
            send(a, i, text);
        }
        for (int i = 0; i < 20; i += 2) {
            expect(b, i, text);
            expect(b, i + 1, text);
            assertThat(Loops.on(b.loop, b.pool::inUse)).isEqualTo(2);
            b.releaseHeld();
        }
        assertThat(Loops.on(b.loop, b.pool::refusals)).isPositive();
        a.stop();
        b.stop();
    }
}
