package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.PeerTls;
import dev.rhizome.transport.peer.TestCluster;
import dev.rhizome.transport.peer.TlsEngine;
import dev.rhizome.transport.peer.TlsFiles;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that come by TCP: what they must do before anything else, and who is let in. */
@Timeout(120)
final class NbdTlsTest {
    private static final int SIZE = 16 << 20;
    private static final int CONNECTIONS = 2;
    private static final byte[] NOTHING = {};
    private static final List<Integer> REQUIRED = List.of(Nbd.REP_ERR_TLS_REQD);
    private static final List<Integer> DONE = List.of(Nbd.REP_ACK);
    private final Path directory;
    private final TestCluster cluster;
    private final TestServer server;
    private final TlsFiles alpha;
    private final Map<String, SSLContext> clients = new HashMap<>();
    private final InetSocketAddress address;

    NbdTlsTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        cluster = new TestCluster(Files.createDirectory(directory.resolve("pki")));
        NbdServerOptions options =
                new NbdServerOptions(
                        directory.resolve("nbd.sock"),
                        "r0",
                        "",
                        CONNECTIONS,
                        8,
                        16 << 20,
                        64,
                        Duration.ofMinutes(1));
        server = new TestServer(options, SIZE, 8);
        alpha = cluster.files("alpha");
        address = listen(PeerTls.load(alpha, "alpha"));
    }

    @AfterEach
    void end() {
        server.close();
    }

    private InetSocketAddress listen(PeerTls tls) throws Exception {
        return server.server
                .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls)
                .get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private RawClient connect() throws IOException {
        return new RawClient(SocketChannel.open(address));
    }

    private static SSLContext context(Path authority, @Nullable TlsFiles shown) throws Exception {
        SslContextBuilder builder =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.JDK)
                        .endpointIdentificationAlgorithm(null)
                        .trustManager(authority.toFile());
        if (shown != null) {
            builder.keyManager(shown.certificate().toFile(), shown.key().toFile());
        }
        return ((JdkSslContext) builder.build()).context();
    }

    private SSLContext clientOf(String name) throws Exception {
        if (!clients.containsKey(name)) {
            clients.put(name, context(cluster.authorityFile(), cluster.files(name)));
        }
        return clients.get(name);
    }

    @Test
    void beforeTlsNothingIsAnswered() throws Exception {
        try (RawClient client = connect().greet(3)) {
            for (int option : new int[] {3, 4, 6, 7, 8, 9, 10, 11, 99}) {
                assertThat(client.types(option, NOTHING)).isEqualTo(REQUIRED);
            }
            assertThat(client.types(Nbd.OPT_GO, RawClient.go("r0"))).isEqualTo(REQUIRED);
            assertThat(client.types(Nbd.OPT_INFO, RawClient.go("other"))).isEqualTo(REQUIRED);
            assertThat(client.types(99, new byte[100_000])).isEqualTo(REQUIRED);
            assertThat(client.types(Nbd.OPT_ABORT, new byte[7])).isEqualTo(DONE);
            assertThat(client.atEnd()).isTrue();
        }
        for (int flags : new int[] {0, 1, 2, 3}) {
            try (RawClient client = connect().greet(flags)) {
                client.option(Nbd.OPT_EXPORT_NAME, NOTHING);
                assertThat(client.atEnd()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TlsEngine.class)
    void aClientWithACertificateOfTheClusterIsServed(TlsEngine engine) throws Exception {
        server.server.useTls(PeerTls.load(alpha, "alpha", engine, Clock.systemUTC()));
        byte[] data = new byte[8 << 20];
        new Random(1).nextBytes(data);
        try (RawClient client = connect().greet(3).startTls(clientOf("reader"))) {
            assertThat(client.types(Nbd.OPT_LIST, NOTHING))
                    .isEqualTo(List.of(Nbd.REP_SERVER, Nbd.REP_ACK));
            assertThat(client.types(Nbd.OPT_GO, RawClient.go("r0")))
                    .isEqualTo(List.of(Nbd.REP_INFO, Nbd.REP_ACK));
            client.request(Nbd.CMD_WRITE, 0, 1, 4096, data.length, data);
            assertThat(client.simple(1)).isZero();
            client.request(Nbd.CMD_READ, 2, 4096, data.length);
            assertThat(client.simple(2)).isZero();
            assertThat(Arrays.equals(client.in.readNBytes(data.length), data)).isTrue();
            client.request(Nbd.CMD_DISC, 0, 0, 0);
            // The end of TLS, not of TCP only: this would throw otherwise.
            assertThat(client.in.read()).isEqualTo(-1);
        }
    }

    @Test
    void nothingThatWasNegotiatedBeforeTlsCounts() throws Exception {
        try (RawClient client = connect().greet(3)) {
            assertThat(client.types(Nbd.OPT_STRUCTURED_REPLY, NOTHING)).isEqualTo(REQUIRED);
            client.startTls(clientOf("reader"));
            byte[] contexts = RawClient.contexts("r0", Nbd.ALLOCATION);
            assertThat(client.types(Nbd.OPT_SET_META_CONTEXT, contexts))
                    .isEqualTo(List.of(Nbd.REP_ERR_INVALID));
            assertThat(client.types(Nbd.OPT_STRUCTURED_REPLY, NOTHING)).isEqualTo(DONE);
            assertThat(client.types(Nbd.OPT_SET_META_CONTEXT, contexts))
                    .isEqualTo(List.of(Nbd.REP_META_CONTEXT, Nbd.REP_ACK));
        }
    }

    @Test
    void startTlsIsForOnceAndWithoutData() throws Exception {
        List<Integer> invalid = List.of(Nbd.REP_ERR_INVALID);
        try (RawClient client = connect().greet(3)) {
            assertThat(client.types(Nbd.OPT_STARTTLS, new byte[1])).isEqualTo(invalid);
            client.startTls(clientOf("reader"));
            assertThat(client.types(Nbd.OPT_STARTTLS, NOTHING)).isEqualTo(invalid);
            assertThat(client.types(Nbd.OPT_ABORT, NOTHING)).isEqualTo(DONE);
            assertThat(client.in.read()).isEqualTo(-1);
        }
    }

    /** Somebody on the way puts in options in plain text, to be taken for the client's. */
    @Test
    void whatFollowsStartTlsInPlainTextEndsTheConnection() throws Exception {
        byte[] startTls = {0x49, 0x48, 0x41, 0x56, 0x45, 0x4f, 0x50, 0x54, 0, 0, 0, 5, 0, 0, 0, 0};
        byte[] list = startTls.clone();
        list[11] = Nbd.OPT_LIST;
        byte[] both = Arrays.copyOf(startTls, 32);
        System.arraycopy(list, 0, both, 16, 16);
        for (int extra = 1; extra <= 16; extra += 5) {
            try (RawClient client = connect().greet(3)) {
                client.out.write(both, 0, 16 + extra);
                // Not even the acknowledgement.
                assertThat(client.atEnd()).isTrue();
            }
        }
        try (RawClient client = connect().greet(3)) {
            client.out.write(startTls);
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ACK);
            client.out.write(list);
            // An alert at most.
            assertThat(client.in.readAllBytes().length).isLessThan(16);
        }
    }

    private void expectRefused(SSLContext context, String protocol) throws Exception {
        try (RawClient client = connect().greet(3)) {
            assertThat(client.types(Nbd.OPT_STARTTLS, NOTHING)).isEqualTo(DONE);
            // With TLS 1.3 a client learns at its first read what became of its certificate.
            assertThatThrownBy(
                            () -> {
                                client.encrypt(context, protocol);
                                client.types(Nbd.OPT_LIST, NOTHING);
                            })
                    .isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(TlsEngine.class)
    void strangersAreRefused(TlsEngine engine) throws Exception {
        server.server.useTls(PeerTls.load(alpha, "alpha", engine, Clock.systemUTC()));
        TestCluster other = new TestCluster(Files.createDirectory(directory.resolve("other")));
        expectRefused(context(cluster.authorityFile(), null), "TLSv1.3");
        expectRefused(context(cluster.authorityFile(), other.files("reader")), "TLSv1.3");
        Path old = directory.resolve("pki");
        cluster.expired("ended", engine);
        TlsFiles ended =
                new TlsFiles(
                        cluster.authorityFile(),
                        old.resolve("old-ended/ended.crt"),
                        old.resolve("old-ended/ended.key"));
        expectRefused(context(cluster.authorityFile(), ended), "TLSv1.3");
        expectRefused(clientOf("reader"), "TLSv1.2");
        server.until(() -> server.server.counters().connections() == 0);
        assertThat(server.volume.asked).isEmpty();
        assertThat(server.bugs).isEmpty();
    }

    @Test
    void strangersDoNotTakeThePlacesOfClients() throws Exception {
        List<RawClient> idle = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                idle.add(connect().greet(3));
            }
            try (RawClient oneMore = connect()) {
                assertThat(oneMore.atEnd()).isTrue();
            }
            try (RawClient local = server.connect().enter(true)) {
                local.request(Nbd.CMD_FLUSH, 1, 0, 0);
                assertThat(local.simple(1)).isZero();
            }
            // One of them shows who he is: there is a place for another stranger.
            idle.get(0).startTls(clientOf("reader"));
            assertThat(idle.get(0).types(Nbd.OPT_LIST, NOTHING)).endsWith(Nbd.REP_ACK);
            idle.add(connect().greet(3));
        } finally {
            for (RawClient each : idle) {
                each.close();
            }
        }
    }

    @Test
    void clientsOfAllKindsShareTheirPlaces() throws Exception {
        try (RawClient local = server.connect().enter(true);
                RawClient remote = connect().greet(3).startTls(clientOf("reader"))) {
            assertThat(remote.types(Nbd.OPT_LIST, NOTHING)).endsWith(Nbd.REP_ACK);
            expectRefused(clientOf("writer"), "TLSv1.3");
            try (RawClient another = server.connect()) {
                assertThat(another.atEnd()).isTrue();
            }
            assertThat(local.channel.isOpen()).isTrue();
        }
        server.until(() -> server.server.counters().connections() == 0);
        try (RawClient remote = connect().greet(3).startTls(clientOf("writer"))) {
            assertThat(remote.types(Nbd.OPT_LIST, NOTHING)).endsWith(Nbd.REP_ACK);
        }
    }

    @Test
    void aPortThatIsTakenIsTold() throws Exception {
        assertThatThrownBy(() -> listen(PeerTls.load(alpha, "alpha")))
                .hasMessageContaining("served by TCP already");
        try (TestServer second = new TestServer(directory.resolve("pki"), SIZE)) {
            assertThatThrownBy(
                            () ->
                                    second.server
                                            .listen(address, cluster.tls("beta"))
                                            .get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .hasMessageContaining("cannot serve NBD on 127.0.0.1:" + address.getPort());
        }
    }

    @Test
    void closingTheServerEndsRemoteClients() throws Exception {
        try (RawClient client = connect().greet(3).startTls(clientOf("reader"))) {
            client.types(Nbd.OPT_GO, RawClient.go("r0"));
            server.server.close().get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(client.in.read()).isEqualTo(-1);
        }
        assertThatThrownBy(() -> connect().greet(3)).isInstanceOf(IOException.class);
    }

    @Test
    void aRevokedClientIsDroppedAndNotLetInAgain() throws Exception {
        TlsFiles listed = alpha.withRevoked(cluster.revokedFile());
        try (RawClient other = connect().greet(3).startTls(clientOf("other"));
                RawClient client = connect().greet(3).startTls(clientOf("reader"))) {
            assertThat(client.types(Nbd.OPT_GO, RawClient.go("r0")))
                    .isEqualTo(List.of(Nbd.REP_INFO, Nbd.REP_ACK));
            assertThat(other.types(Nbd.OPT_GO, RawClient.go("r0")))
                    .isEqualTo(List.of(Nbd.REP_INFO, Nbd.REP_ACK));
            cluster.revoke("reader");

            server.server.useTls(PeerTls.load(listed, "alpha"));

            assertThat(client.atEnd()).isTrue();
            other.request(Nbd.CMD_FLUSH, 7, 0, 0);
            assertThat(other.simple(7)).isZero();
        }
        expectRefused(clientOf("reader"), "TLSv1.3");
    }
}
