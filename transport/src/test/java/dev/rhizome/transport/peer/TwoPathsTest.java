package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.TestNode.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two addresses for each node. */
final class TwoPathsTest {
    private final Loops loops = new Loops();
    private final TestCluster cluster;

    TwoPathsTest(@TempDir Path directory) throws Exception {
        cluster = new TestCluster(directory.resolve("ca"));
    }

    @AfterEach
    void end() {
        loops.close();
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private TestNode node(
            String name, String peer, List<InetSocketAddress> listen, List<InetSocketAddress> dial)
            throws Exception {
        PeerLinkOptions times = TestNode.options(name, peer);
        PeerLinkOptions options =
                PeerLinkOptions.of("r0", name, peer, listen, () -> dial)
                        .withTimes(
                                times.connectInterval(),
                                times.connectTimeout(),
                                times.handshakeTimeout(),
                                times.userTimeout());
        return new TestNode(loops, options, cluster.tls(name));
    }

    private static String path(TestNode node) {
        AtomicReference<String> path = new AtomicReference<>("");
        Loops.run(node.loop, () -> path.set(node.statistics.path()));
        return String.valueOf(path.get());
    }

    @Test
    void whereNobodyAnswersOnOneTheOtherIsTaken() throws Exception {
        TestNode b =
                node(
                        "b",
                        "a",
                        List.of(loopback(0), loopback(0)),
                        List.of(TestNode.nowhere(), TestNode.nowhere()));
        List<InetSocketAddress> listening = b.connector.start().get();
        assertThat(listening).hasSize(2);
        TestNode a =
                node(
                        "a",
                        "b",
                        List.of(loopback(0), loopback(0)),
                        List.of(TestNode.nowhere(), listening.get(1)));
        a.start();
        a.await(Kind.UP);
        b.await(Kind.UP);
        for (TestNode node : List.of(a, b)) {
            assertThat(path(node)).endsWith("path 2 of 2");
        }
        a.stop();
        b.await(Kind.DOWN);
        assertThat(path(b)).isEmpty();
        b.stop();
    }

    @Test
    void oneAddressIsEnoughAndTheOtherIsTakenWhenItIsFree() throws Exception {
        int port;
        TestNode b;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
            b =
                    node(
                            "b",
                            "a",
                            List.of(loopback(port), loopback(0)),
                            List.of(TestNode.nowhere(), TestNode.nowhere()));
            assertThat(b.connector.start().get()).hasSize(1);
        }
        TestNode a = node("a", "b", List.of(loopback(0)), List.of(loopback(port)));
        a.start();
        a.await(Kind.UP);
        a.stop();
        b.stop();
    }

    @Test
    void whereNoAddressCanBeUsedTheReasonIsTold() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress address = loopback(taken.getLocalPort());
            TestNode b =
                    node(
                            "b",
                            "a",
                            List.of(address, address),
                            List.of(TestNode.nowhere(), TestNode.nowhere()));
            assertThatThrownBy(() -> b.connector.start().get())
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("cannot listen for the peer on localhost:");
            b.stop();
        }
    }
}
