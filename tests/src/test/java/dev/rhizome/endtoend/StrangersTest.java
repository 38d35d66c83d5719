package dev.rhizome.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** INV-16: whatever comes in at a socket ends that connection at worst, and disturbs no other. */
@Timeout(120)
final class StrangersTest {
    private static final int BLOCK_BYTES = 4096;

    @RegisterExtension final Cluster cluster = new Cluster();

    /** The work that must go on. */
    private StampedWriter startWriter() {
        Tool.requireLibnbd();
        cluster.startInStep();
        return StampedWriter.start(cluster.alpha(), cluster.folder().resolve("journal"), 0);
    }

    private void requireUndisturbed(StampedWriter writer) throws IOException {
        writer.awaitMore(500);
        StampedWriter.End end = writer.stop();
        assertThat(end.failed()).isZero();
        cluster.requireIdentical();
        StampedWriter.requireNoneLost(cluster.alpha(), writer.journal());
        for (NodeProcess node : List.of(cluster.alpha(), cluster.beta())) {
            assertThat(node.logged("ERROR")).as("errors in the log of " + node.name()).isZero();
            assertThat(node.logged("is down:")).as("losses of the link").isZero();
        }
    }

    @Test
    void atThePeersPort() throws IOException {
        Tool.require("openssl");
        try (StampedWriter writer = startWriter();
                Socket noisy = Strangers.tcp(cluster.betaPort());
                Socket silent = Strangers.tcp(cluster.alphaPort());
                Socket halfTls = Strangers.tcp(cluster.alphaPort())) {
            noisy.getOutputStream().write(Strangers.noise(100_000));
            // The head of a TLS record, and no more.
            halfTls.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1});

            String told = Strangers.tlsClient(cluster.alphaPort(), null, null);

            requireOpen(silent);
            requireOpen(halfTls);
            assertThat(told).contains("certificate required");
            cluster.beta().process().awaitLine("what came is not TLS");
            cluster.alpha().process().awaitLine("no certificate");
            requireUndisturbed(writer);
        }
    }

    /** Still listened to: a read finds neither data nor an end. */
    private static void requireOpen(Socket stranger) throws IOException {
        stranger.setSoTimeout(100);
        assertThatThrownBy(() -> stranger.getInputStream().read())
                .isInstanceOf(SocketTimeoutException.class);
    }

    @Test
    void atTheNbdSocket() throws IOException {
        try (StampedWriter writer = startWriter()) {
            var socket = cluster.alpha().nbdSocket();
            List<SocketChannel> halfway = new ArrayList<>();
            for (int attempt = 0; attempt < 50; attempt++) {
                Strangers.sendAndLeave(socket, Strangers.noise(5000));
                Strangers.sendAndLeave(socket, concat(clientFlags(), Strangers.noise(5000)));
            }
            for (int attempt = 0; attempt < 5; attempt++) {
                SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                channel.write(ByteBuffer.wrap(clientFlags()));
                halfway.add(channel);
            }

            requireUndisturbed(writer);

            for (SocketChannel channel : halfway) {
                channel.close();
            }
        }
    }

    @Test
    void moreNbdClientsThanThereIsRoomFor() throws IOException {
        try (StampedWriter writer = startWriter()) {
            List<SocketChannel> crowd = new ArrayList<>();
            for (int client = 0; client < 64; client++) {
                crowd.add(
                        SocketChannel.open(
                                UnixDomainSocketAddress.of(cluster.alpha().nbdSocket())));
            }
            writer.awaitMore(500);
            for (SocketChannel channel : crowd) {
                channel.close();
            }
            requireUndisturbed(writer);
        }
    }

    @Test
    void aClientThatLeavesInTheMiddleOfARequest() throws IOException {
        try (StampedWriter writer = startWriter()) {
            for (int attempt = 0; attempt < 20; attempt++) {
                leaveAfterHalfAWrite(attempt);
                leaveWithReadsUnderWay();
            }
            requireUndisturbed(writer);
        }
    }

    private void leaveAfterHalfAWrite(int attempt) throws IOException {
        int length = 16 * BLOCK_BYTES;
        ByteBuffer request = request(1, attempt, 0, length);
        ByteBuffer half = ByteBuffer.wrap(Strangers.noise(length / 2 + attempt));
        try (SocketChannel client = NbdHandshake.open(cluster.alpha().nbdSocket())) {
            client.write(request);
            client.write(half);
        }
    }

    private void leaveWithReadsUnderWay() throws IOException {
        try (SocketChannel client = NbdHandshake.open(cluster.alpha().nbdSocket())) {
            for (int read = 0; read < 32; read++) {
                client.write(request(0, read, (long) read << 20, 1 << 20));
            }
        }
    }

    /** A request's header: its 28 bytes as the protocol draws them. */
    private static ByteBuffer request(int type, long cookie, long offset, int length) {
        return ByteBuffer.allocate(28)
                .putInt(0x25609513)
                .putShort((short) 0)
                .putShort((short) type)
                .putLong(cookie)
                .putLong(offset)
                .putInt(length)
                .flip();
    }

    private static byte[] clientFlags() {
        return new byte[] {0, 0, 0, 3};
    }

    private static byte[] concat(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length).put(one).put(other).array();
    }

    @Test
    void atTheControlSocket() throws IOException {
        cluster.alpha().start();
        ControlSocket control = cluster.alpha().control();

        for (int attempt = 0; attempt < 50; attempt++) {
            Strangers.sendAndLeave(cluster.alpha().controlSocket(), Strangers.noise(5000));
        }
        assertThat(control.exchange(ascii("GARBAGE\r\n\r\n"))).startsWith("HTTP/1.1 400");
        assertThat(control.exchange(ascii(tooLong()))).startsWith("HTTP/1.1 4");
        assertThat(control.ask("GET", "/v1/nowhere", "").status()).isEqualTo(404);
        assertThat(control.ask("DELETE", "/v1/status", "").status()).isEqualTo(405);
        assertThat(control.command("primary", "{\"force\":").status()).isEqualTo(400);
        assertThat(control.command("primary", "{\"farce\":true}").text()).contains("farce");
        assertThat(control.command("primary", "[".repeat(10_000)).status()).isEqualTo(400);
        assertThat(cluster.alpha().status().role()).isEqualTo("Secondary");
        assertThat(cluster.alpha().logged("ERROR")).isZero();
    }

    private static String tooLong() {
        return "POST /v1/resources/r0/primary HTTP/1.1\r\n"
                + "Host: x\r\n"
                + "Content-Length: 99999999\r\n\r\n";
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
