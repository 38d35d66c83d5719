package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.wire.FrameType;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.TestNode.Kind;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who is not let in, and what both sides are told. */
final class PeerRefusalTest {
    private final Loops loops = new Loops();
    private final Path directory;
    private final TestCluster cluster;
    private final List<TestNode> nodes = new ArrayList<>();

    PeerRefusalTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        cluster = new TestCluster(directory.resolve("ca"));
    }

    @AfterEach
    void end() throws Exception {
        for (TestNode node : nodes) {
            node.stop();
        }
        loops.close();
    }

    private TestNode started(PeerLinkOptions options, PeerTls tls) throws Exception {
        TestNode node = new TestNode(loops, options, tls);
        nodes.add(node);
        return node;
    }

    /** Two nodes of which the first dials the second. */
    private void call(TestNode dialler, TestNode listener) throws Exception {
        dialler.peerAddress.set(listener.start());
        dialler.start();
    }

    private static PeerLinkOptions options(String node, String peer) {
        return TestNode.options(node, peer);
    }

    static Stream<Arguments> engines() {
        TlsEngine best = TlsEngine.best();
        return Stream.of(
                Arguments.of(best, best),
                Arguments.of(TlsEngine.JDK, TlsEngine.JDK),
                Arguments.of(best, TlsEngine.JDK),
                Arguments.of(TlsEngine.JDK, best));
    }

    @ParameterizedTest
    @MethodSource("engines")
    void certificatesOfAnotherAuthority(TlsEngine dialling, TlsEngine listening) throws Exception {
        TestCluster other = new TestCluster(directory.resolve("other-ca"));
        TestNode a = started(options("a", "b"), other.tls("a", dialling));
        TestNode b = started(options("b", "a"), cluster.tls("b", listening));
        call(a, b);
        // The dialling side sees the other's certificate first.
        assertThat(a.await(Kind.FAILED, "to ").text())
                .contains("peer's certificate is not signed by this cluster's CA");
        assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer refused our certificate");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void anExpiredCertificateOfTheListener(TlsEngine dialling, TlsEngine listening)
            throws Exception {
        TestNode a = started(options("a", "b"), cluster.tls("a", dialling));
        TestNode b = started(options("b", "a"), cluster.expired("b", listening));
        call(a, b);
        assertThat(a.await(Kind.FAILED, "to ").text())
                .contains("peer's certificate has expired on 20");
        assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer refused our certificate: it ")
                .contains("has expired");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void anExpiredCertificateOfTheDialler(TlsEngine dialling, TlsEngine listening)
            throws Exception {
        // The listener's clock is right, the dialler's is not: it takes the listener's for good.
        TestNode a = started(options("a", "b"), cluster.expired("a", dialling));
        PeerTls timeless = PeerTls.load(cluster.files("b"), "b", listening, Clock.systemUTC());
        TestNode b = started(options("b", "a"), timeless);
        call(a, b);
        // 18 days ago the listener's certificate was not valid yet.
        assertThat(a.await(Kind.FAILED, "to ").text())
                .contains("is not valid before")
                .contains("clocks");
        assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer refused our certificate");
    }

    /** For a node that knows that another one is revoked. */
    private PeerTls knowing(String node, String revoked, TlsEngine engine) throws Exception {
        cluster.revoke(revoked);
        return cluster.listing(node, engine);
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aRevokedListener(TlsEngine dialling, TlsEngine listening) throws Exception {
        TestNode b = started(options("b", "a"), cluster.tls("b", listening));
        TestNode a = started(options("a", "b"), knowing("a", "b", dialling));
        call(a, b);
        assertThat(a.await(Kind.FAILED, "to ").text())
                .contains("peer's certificate was revoked on 20");
        assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer refused our certificate: it ")
                .contains("was revoked");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aRevokedDialler(TlsEngine dialling, TlsEngine listening) throws Exception {
        TestNode a = started(options("a", "b"), cluster.tls("a", dialling));
        TestNode b = started(options("b", "a"), knowing("b", "a", listening));
        call(a, b);
        assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer's certificate was revoked on 20");
        assertThat(a.await(Kind.FAILED, "to ").text())
                .contains("peer refused our certificate: it ")
                .contains("was revoked");
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aRevokedNodesOpenLinkIsEndedAndARenewedOnesIsNot(TlsEngine dialling, TlsEngine listening)
            throws Exception {
        TestNode a = started(options("a", "b"), cluster.tls("a", dialling));
        TestNode b = started(options("b", "a"), cluster.tls("b", listening));
        call(a, b);
        a.await(Kind.UP);
        b.await(Kind.UP);

        a.connector.useTls(cluster.again("a", "renewed"));
        b.connector.useTls(cluster.again("b", "renewed"));
        a.send(FrameType.WRITE, 5, 4096);
        b.await(Kind.FRAME);
        assertThat(Loops.<Long>on(a.loop, a.statistics::count)).as("the same link").isOne();
        X509Certificate shown = Loops.on(a.loop, a.statistics::peerCertificate);
        assertThat(shown).isNotNull();

        b.connector.useTls(knowing("b", "a", listening));
        assertThat(b.await(Kind.DOWN).text()).contains("peer's certificate was revoked on 20");
        a.await(Kind.DOWN);
        assertThat(a.await(Kind.FAILED, "to ").text()).contains("was revoked");
        assertThat(Loops.<Long>on(b.loop, b.statistics::count)).isOne();
        assertThat(Loops.on(b.loop, () -> b.statistics.path())).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("engines")
    void theListenersRefusalReachesADiallerThatThinksItIsConnected(
            TlsEngine dialling, TlsEngine listening) throws Exception {
        // The dialler trusts both authorities, the listener only its own.
        TestCluster other = new TestCluster(directory.resolve("other-ca"));
        TlsFiles foreign = other.files("a");
        Path both = directory.resolve("both.crt");
        Files.writeString(
                both,
                Files.readString(cluster.authorityFile())
                        + Files.readString(other.authorityFile()));
        PeerTls trusting =
                PeerTls.load(
                        new TlsFiles(both, foreign.certificate(), foreign.key()),
                        "a",
                        dialling,
                        Clock.systemUTC());
        TestNode a = started(options("a", "b"), trusting);
        TestNode b = started(options("b", "a"), cluster.tls("b", listening));
        call(a, b);
        assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer's certificate is not signed by this cluster's CA");
        assertThat(a.await(Kind.FAILED, "to ").text())
                .contains("peer refused our certificate: it is not signed by the peer's CA");
    }

    @Test
    void aCertificateForAnotherNode() throws Exception {
        TestNode a = started(options("a", "b"), cluster.tls("a"));
        TestNode c = started(options("c", "a"), cluster.tls("c"));
        call(a, c);
        assertThat(a.await(Kind.FAILED, "to ").text())
                .contains("certificate is for 'c', expected 'b'");
        assertThat(c.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer refused: certificate is for 'c', expected 'b'");
    }

    @Test
    void aCallerWhoseCertificateIsForAnotherNode() throws Exception {
        TestNode c = started(options("c", "b"), cluster.tls("c"));
        TestNode b = started(options("b", "a"), cluster.tls("b"));
        call(c, b);
        assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("certificate is for 'c', expected 'a'");
        assertThat(c.await(Kind.FAILED, "to ").text())
                .contains("peer refused: certificate is for 'c', expected 'a'");
    }

    @Test
    void anotherResource() throws Exception {
        PeerLinkOptions b = options("b", "a");
        PeerLinkOptions other =
                PeerLinkOptions.of("r1", "b", "a", b.listen(), b.peerAddresses())
                        .withTimes(
                                Duration.ofMillis(20),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(3));
        TestNode first = started(options("a", "b"), cluster.tls("a"));
        TestNode second = started(other, cluster.tls("b"));
        call(first, second);
        assertThat(first.await(Kind.FAILED, "to ").text())
                .contains("resource 'r1' of 'b' meets 'r0' of 'a'");
        assertThat(second.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("peer refused: resource 'r1' of 'b' meets 'r0' of 'a'");
    }

    @Test
    void nobodyThere() throws Exception {
        TestNode a = started(options("a", "b"), cluster.tls("a"));
        a.start();
        assertThat(a.await(Kind.FAILED).text())
                .isEqualTo("to localhost:1: connection refused: nobody listens there");
        a.await(Kind.FAILED);
    }

    @Test
    void strangersBytesCloseTheirConnectionAndNothingElse() throws Exception {
        TestNode b = started(options("b", "a"), cluster.tls("b"));
        InetSocketAddress address = b.start();
        Random random = new Random(7);
        for (int i = 0; i < 20; i++) {
            byte[] garbage = new byte[1 + random.nextInt(3000)];
            random.nextBytes(garbage);
            if (i % 2 == 0) {
                // The start of a TLS record, then noise.
                garbage[0] = 22;
            }
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout(30_000);
                socket.getOutputStream().write(garbage);
                socket.shutdownOutput();
                drain(socket);
            }
            b.await(Kind.FAILED, "from 127.0.0.1");
        }
        TestNode a = started(options("a", "b"), cluster.tls("a"));
        a.peerAddress.set(address);
        a.start();
        a.await(Kind.UP);
        b.await(Kind.UP);
    }

    private static void drain(Socket socket) throws Exception {
        try {
            assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(4096);
        } catch (SocketException e) {
            // A reset is an end, too.
            assertThat(e).isNotNull();
        }
    }

    @Test
    void silentStrangersAreFewAndDoNotStay() throws Exception {
        PeerLinkOptions impatient =
                options("b", "a")
                        .withTimes(
                                Duration.ofMillis(20),
                                Duration.ofSeconds(5),
                                Duration.ofMillis(300),
                                Duration.ofSeconds(3));
        TestNode b = started(impatient, cluster.tls("b"));
        InetSocketAddress address = b.start();
        List<Socket> strangers = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                strangers.add(new Socket(InetAddress.getLoopbackAddress(), address.getPort()));
            }
            for (Socket stranger : strangers) {
                stranger.setSoTimeout(30_000);
                drain(stranger);
            }
            assertThat(b.await(Kind.FAILED, "from 127.0.0.1").text())
                    .contains("no agreement within 300 ms (waited for TLS)");
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }
}
