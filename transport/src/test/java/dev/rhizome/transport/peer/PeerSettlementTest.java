package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.wire.FrameType;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.TestNode.Event;
import dev.rhizome.transport.peer.TestNode.Kind;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real connections that meet each other. */
final class PeerSettlementTest {
    private final Loops loops = new Loops();
    private final TestCluster cluster;

    PeerSettlementTest(@TempDir Path directory) throws Exception {
        cluster = new TestCluster(directory.resolve("ca"));
    }

    @AfterEach
    void end() {
        loops.close();
    }

    private TestNode node(String name, String peer) throws Exception {
        return new TestNode(loops, TestNode.options(name, peer), cluster.tls(name));
    }

    /** Waits until a frame of one side has reached the other over the links that both have up. */
    private static void exchange(TestNode from, TestNode to, long id) throws Exception {
        long end = System.nanoTime() + Loops.PATIENCE_SECONDS * 1_000_000_000L;
        while (System.nanoTime() < end) {
            boolean sent =
                    Loops.on(
                            from.loop,
                            () -> {
                                if (from.link == null) {
                                    return false;
                                }
                                from.sendNow(FrameType.WRITE, id, 4096);
                                from.linkUp().flush();
                                return true;
                            });
            if (!sent) {
                from.await(Kind.UP);
                continue;
            }
            Event event = to.await(Kind.FRAME);
            if (Objects.requireNonNull(event.header()).id() == id) {
                return;
            }
        }
        throw new AssertionError("no frame passed");
    }

    @Test
    void bothDialAtOnceAndSettleOnOneAgainAndAgain() throws Exception {
        TestNode a = node("a", "b");
        TestNode b = node("b", "a");
        // A dial before the other's address is known fails at once and is repeated.
        a.peerAddress.set(b.start());
        b.peerAddress.set(a.start());
        Random random = new Random(42);
        for (int round = 0; round < 40; round++) {
            a.await(Kind.UP);
            b.await(Kind.UP);
            TestNode closing = random.nextBoolean() ? a : b;
            if (random.nextInt(4) == 0) {
                Loops.run(a.loop, () -> closeIfUp(a));
                Loops.run(b.loop, () -> closeIfUp(b));
                a.await(Kind.DOWN);
                b.await(Kind.DOWN);
            } else {
                Loops.run(closing.loop, () -> closeIfUp(closing));
                a.await(Kind.DOWN);
                b.await(Kind.DOWN);
            }
        }
        a.stop();
        b.stop();
        for (TestNode node : new TestNode[] {a, b}) {
            assertThat(Loops.on(node.loop, node.pool::inUse)).isZero();
        }
    }

    private static void closeIfUp(TestNode node) {
        PeerLink link = node.link;
        if (link != null) {
            link.close("a test closes it");
        }
    }

    @Test
    void aRestartedPeerReplacesALinkThatTheOtherStillHolds() throws Exception {
        // Both orders of names: the coordinator is the one that stays, then the one that restarts.
        for (String stays : new String[] {"a", "b"}) {
            String restarts = stays.equals("a") ? "b" : "a";
            TestNode staying = node(stays, restarts);
            TestNode before = node2(restarts, stays, "before");
            before.peerAddress.set(staying.start());
            before.start();
            staying.await(Kind.UP);
            before.await(Kind.UP);
            PeerLink old = staying.linkUp();
            // The old process is not closed: the staying side has no way to know that it is gone.
            TestNode after = node2(restarts, stays, "after");
            after.peerAddress.set(staying.connector.start().get().get(0));
            before.peerAddress.set(TestNode.nowhere());
            after.start();
            Event down = staying.await(Kind.DOWN);
            assertThat(down.link()).isSameAs(old);
            assertThat(down.text()).contains("new connection");
            assertThat(staying.await(Kind.UP).link()).isNotSameAs(old);
            after.await(Kind.UP);
            exchange(after, staying, 77);
            exchange(staying, after, 78);
            before.stop();
            after.stop();
            staying.stop();
        }
    }

    private TestNode node2(String name, String peer, String suffix) throws Exception {
        return new TestNode(loops, TestNode.options(name, peer), cluster.again(name, suffix));
    }

    @Test
    void stopAndStartAreIdempotent() throws Exception {
        TestNode a = node("a", "b");
        assertThat(a.start()).isEqualTo(a.start());
        a.stop();
        a.stop();
        assertThat(a.connector.start()).isCompleted();
    }

    @Test
    void aRenewedCertificateIsUsedWithoutDisconnecting() throws Exception {
        TestNode a = node("a", "b");
        TestNode b = node("b", "a");
        a.peerAddress.set(b.start());
        a.start();
        a.await(Kind.UP);
        b.await(Kind.UP);
        PeerLink link = b.linkUp();
        b.connector.useTls(cluster.again("b", "renewed"));
        exchange(a, b, 5);
        assertThat(b.linkUp()).isSameAs(link);
        Loops.run(b.loop, () -> closeIfUp(b));
        b.await(Kind.UP);
        a.stop();
        b.stop();
    }
}
