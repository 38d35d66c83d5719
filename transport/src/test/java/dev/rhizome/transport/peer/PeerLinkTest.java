package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.TestNode.Event;
import dev.rhizome.transport.peer.TestNode.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames over TLS on loopback. */
final class PeerLinkTest {
    private final Loops loops = new Loops();
    private final TestCluster cluster;

    PeerLinkTest(@TempDir Path directory) throws Exception {
        cluster = new TestCluster(directory.resolve("ca"));
    }

    @AfterEach
    void end() {
        loops.close();
    }

    private TestNode node(String name, String peer, TlsEngine engine) throws Exception {
        return new TestNode(loops, TestNode.options(name, peer), cluster.tls(name, engine));
    }

    private static void connect(TestNode a, TestNode b) throws Exception {
        a.peerAddress.set(b.start());
        a.start();
        a.await(Kind.UP);
        b.await(Kind.UP);
    }

    static Stream<Arguments> engines() {
        TlsEngine best = TlsEngine.best();
        return Stream.of(
                Arguments.of(best, best),
                Arguments.of(TlsEngine.JDK, TlsEngine.JDK),
                Arguments.of(best, TlsEngine.JDK));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void framesOfAllSizesArriveAsTheyWereSent(TlsEngine first, TlsEngine second) throws Exception {
        TestNode a = node("a", "b", first);
        TestNode b = node("b", "a", second);
        connect(a, b);
        assertThat(a.linkUp().peerName()).isEqualTo("b");
        assertThat(a.linkUp().tlsEngine()).isEqualTo(first.title());
        assertThat(b.linkUp().tlsEngine()).isEqualTo(second.title());
        int[] sizes = {512, 4096, 4608, 16384, 65536, 1 << 20, 0};
        for (TestNode from : new TestNode[] {a, b}) {
            TestNode to = from == a ? b : a;
            Loops.run(
                    from.loop,
                    () -> {
                        for (int i = 0; i < sizes.length; i++) {
                            from.sendNow(
                                    sizes[i] == 0 ? FrameType.FLUSH : FrameType.WRITE, i, sizes[i]);
                        }
                        from.linkUp().flush();
                    });
            for (int i = 0; i < sizes.length; i++) {
                checkFrame(to.await(Kind.FRAME), i, sizes[i]);
            }
            to.await(Kind.BATCH);
        }
        for (TestNode node : new TestNode[] {a, b}) {
            assertThat(Loops.on(node.loop, node.pool::inUse)).isZero();
        }
        a.stop();
        assertThat(b.await(Kind.DOWN).text()).contains("closed");
        b.stop();
    }

    private static void checkFrame(Event event, long id, int size) {
        assertThat(Objects.requireNonNull(event.header()).id()).isEqualTo(id);
        assertThat(event.body()).hasSize(size);
        for (int i = 0; i < size; i++) {
            if (event.body()[i] != TestNode.pattern(id, i)) {
                throw new AssertionError("frame " + id + " differs at " + i);
            }
        }
    }

    @Test
    void controlBodiesArrive() throws Exception {
        TestNode a = node("a", "b", TlsEngine.best());
        TestNode b = node("b", "a", TlsEngine.best());
        connect(a, b);
        byte[] text = "x".repeat(16 * 1024).getBytes(StandardCharsets.US_ASCII);
        Loops.run(
                a.loop,
                () -> {
                    FrameHeader header = new FrameHeader();
                    header.set(FrameType.HELLO, 0, text.length, 1, 0, 0, 0);
                    a.linkUp().send(header, ByteBuffer.wrap(text));
                    header.set(FrameType.STATE, 0, 0, 2, 0, 0, 0);
                    a.linkUp().send(header, ByteBuffer.allocate(0));
                    header.set(FrameType.GOODBYE, 0, 3, 3, 0, 0, 0);
                    a.linkUp().send(header, ByteBuffer.wrap(text, 0, 3));
                    a.linkUp().close("enough");
                    assertThat(a.linkUp().open()).isFalse();
                });
        assertThat(b.await(Kind.FRAME).body()).isEqualTo(text);
        assertThat(b.await(Kind.FRAME).body()).isEmpty();
        assertThat(b.await(Kind.FRAME).body()).hasSize(3);
        assertThat(a.await(Kind.DOWN).text()).isEqualTo("enough");
        b.await(Kind.DOWN);
        a.await(Kind.UP);
        b.await(Kind.UP);
        a.stop();
        b.stop();
    }

    @Test
    void aSpentPoolStopsReadingAndLosesNothing() throws Exception {
        TestNode a = node("a", "b", TlsEngine.best());
        TestNode b =
                new TestNode(
                        loops, TestNode.options("b", "a"), cluster.tls("b", TlsEngine.best()), 2);
        connect(a, b);
        b.holdPayloads = true;
        int frames = 40;
        for (int i = 0; i < frames; i++) {
            a.send(FrameType.WRITE, i, 50_000);
        }
        for (int i = 0; i < frames; i += 2) {
            checkFrame(b.await(Kind.FRAME), i, 50_000);
            checkFrame(b.await(Kind.FRAME), i + 1, 50_000);
            assertThat(Loops.on(b.loop, b.pool::inUse)).isEqualTo(2);
            b.releaseHeld();
        }
        assertThat(Loops.on(b.loop, b.pool::refusals)).isPositive();
        a.stop();
        b.await(Kind.DOWN);
        assertThat(Loops.on(b.loop, b.pool::inUse)).isZero();
        b.stop();
    }

    @Test
    void payloadsSentOnALinkThatIsDownAreReleased() throws Exception {
        TestNode a = node("a", "b", TlsEngine.best());
        TestNode b = node("b", "a", TlsEngine.best());
        connect(a, b);
        PeerLink old = a.linkUp();
        b.stop();
        a.await(Kind.DOWN);
        Loops.run(
                a.loop,
                () -> {
                    a.link = old;
                    a.sendNow(FrameType.WRITE, 1, 4096);
                    old.flush();
                    assertThat(old.writable()).isFalse();
                    assertThat(a.pool.inUse()).isZero();
                });
        a.stop();
    }
}
