package dev.rhizome.transport.peer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.TestNode.Kind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Random;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer with a good certificate and bad manners. */
final class PeerGarbageTest {
    private final Loops loops = new Loops();
    private final TestCluster cluster;
    private final TestNode node;
    private final InetSocketAddress address;
    private final SSLContext context;

    /** The node under test is 'b': the other one, 'a', is the coordinator. */
    PeerGarbageTest(@TempDir Path directory) throws Exception {
        cluster = new TestCluster(directory.resolve("ca"));
        node = new TestNode(loops, TestNode.options("b", "a"), cluster.tls("b"), 2);
        address = node.start();
        context = context(cluster.files("a"));
    }

    @AfterEach
    void end() throws Exception {
        node.stop();
        assertThat(Loops.on(node.loop, node.pool::inUse)).isZero();
        loops.close();
    }

    private static SSLContext context(TlsFiles files) throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry(
                "a",
                PemFiles.key(files.key(), null),
                new char[0],
                PemFiles.certificates(files.certificate()).toArray(new X509Certificate[0]));
        own.setCertificateEntry("ca", PemFiles.certificates(files.authority()).get(0));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(own, new char[0]);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(own);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    private SSLSocket call() throws Exception {
        SSLSocket socket =
                (SSLSocket)
                        context.getSocketFactory()
                                .createSocket(address.getAddress(), address.getPort());
        socket.setSoTimeout(30_000);
        socket.startHandshake();
        return socket;
    }

    private static void send(SSLSocket socket, Consumer<ByteBuf> writer) throws Exception {
        ByteBuf out = Unpooled.buffer();
        writer.accept(out);
        socket.getOutputStream().write(ByteBufUtil.getBytes(out));
        socket.getOutputStream().flush();
    }

    /** Becomes the link, by hand. */
    private SSLSocket link() throws Exception {
        SSLSocket socket = call();
        assertThat(receive(socket).node()).isEqualTo("b");
        send(socket, out -> Preface.writeHello(out, "a", "r0", false));
        send(socket, out -> Preface.writeId(out, Preface.Kind.INVITE, 4711));
        assertThat(receive(socket).kind()).isEqualTo(Preface.Kind.OFFER);
        send(socket, out -> Preface.writeEmpty(out, Preface.Kind.ACCEPT));
        assertThat(receive(socket).kind()).isEqualTo(Preface.Kind.CONFIRM);
        node.await(Kind.UP);
        return socket;
    }

    private static Preface receive(SSLSocket socket) throws Exception {
        Preface message = new Preface();
        boolean complete = false;
        while (!complete) {
            byte[] one = socket.getInputStream().readNBytes(1);
            assertThat(one).as("the connection ended").hasSize(1);
            complete = message.read(Unpooled.wrappedBuffer(one));
        }
        return message;
    }

    private static byte[] frame(FrameType type, int bodyBytes, long length) {
        ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES);
        new FrameHeader().set(type, 0, bodyBytes, 1, 0, length, 0).encode(bytes);
        return bytes.array();
    }

    private static void refusedAfter(SSLSocket socket, String why) throws Exception {
        Preface refusal = receive(socket);
        assertThat(refusal.kind()).isEqualTo(Preface.Kind.REFUSE);
        assertThat(refusal.text()).contains(why);
        socket.close();
    }

    @Test
    void anotherProtocolVersionIsRefusedByName() throws Exception {
        SSLSocket socket = call();
        receive(socket);
        send(
                socket,
                out -> {
                    Preface.writeHello(out, "a", "r0", false);
                    out.setShort(4, 2);
                });
        refusedAfter(socket, "link protocol 2 meets 1: run the same version on both nodes");
        assertThat(node.await(Kind.FAILED, "from 127.0.0.1").text())
                .contains("link protocol 2 meets 1");
    }

    @Test
    void damagedPrefaces() throws Exception {
        byte[] text = "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        SSLSocket socket = call();
        receive(socket);
        send(socket, out -> out.writeBytes(text));
        refusedAfter(socket, "does not speak the link protocol");

        socket = call();
        receive(socket);
        send(socket, out -> Preface.writeId(out, Preface.Kind.OFFER, 1));
        refusedAfter(socket, "OFFER out of turn");

        socket = call();
        receive(socket);
        send(
                socket,
                out -> {
                    Preface.writeHello(out, "a", "r0", false);
                    out.setByte(Preface.HEADER_BYTES, 200);
                });
        refusedAfter(socket, "damaged hello");

        socket = call();
        receive(socket);
        send(socket, out -> Preface.writeHello(out, "mallory\n\u001b[31m", "r0", false));
        refusedAfter(socket, "node 'mallory??[31m' called, expected 'a'");
    }

    @Test
    void garbageFramesTakeTheLinkDownWithAReason() throws Exception {
        byte[] noise = new byte[100];
        new Random(1).nextBytes(noise);
        bad(noise, "garbage: frame does not start with the magic 'RZ'");
        bad(frame(FrameType.WRITE, 1 << 30, 1 << 30), "garbage: payload does not fit");
        bad(frame(FrameType.WRITE, 4096, 512), "garbage: payload does not fit");
        bad(frame(FrameType.HELLO, 1 << 20, 0), "garbage: control body too long");
        bad(frame(FrameType.PING, 8, 0), "garbage: body on a frame that has none");
    }

    @Test
    void damagedBlocksTakeTheLinkDownWithAReason() throws Exception {
        bad(compressed(FrameType.WRITE, 4096, 4096, 0), "garbage: compressed body");
        bad(compressed(FrameType.WRITE, 0, 4096, 0), "garbage: compressed body");
        bad(compressed(FrameType.WRITE, 4096, 2 << 20, 0), "garbage: compressed body");
        bad(compressed(FrameType.WRITE, 1 << 30, 1L << 40, 0), "garbage: compressed body");
        bad(compressed(FrameType.HELLO, 100, 4096, 0), "garbage: compressed body");
        bad(compressed(FrameType.FLUSH, 100, 4096, 0), "garbage: compressed body");
        for (int seed = 1; seed < 40; seed++) {
            bad(compressed(FrameType.WRITE, 1 + seed * 25, 4096, seed), "frame that is damaged");
        }
    }

    /** With so many bytes of noise behind it. */
    private static byte[] compressed(FrameType type, int bodyBytes, long length, int seed) {
        ByteBuffer bytes = ByteBuffer.allocate(FrameHeader.BYTES + (seed == 0 ? 0 : bodyBytes));
        new FrameHeader()
                .set(type, FrameHeader.FLAG_COMPRESSED, bodyBytes, 1, 0, length, 0)
                .encode(bytes);
        byte[] noise = new byte[bytes.remaining()];
        new Random(seed).nextBytes(noise);
        return bytes.put(noise).array();
    }

    private void bad(byte[] bytes, String why) throws Exception {
        try (SSLSocket socket = link()) {
            socket.getOutputStream().write(bytes);
            assertThat(node.await(Kind.DOWN).text()).contains(why);
            assertThat(socket.getInputStream().readAllBytes()).isEmpty();
        }
    }

    @Test
    void aConnectionThatEndsInTheMiddleOfAFrameLeavesNothing() throws Exception {
        for (int part : new int[] {1, FrameHeader.BYTES, FrameHeader.BYTES + 1000}) {
            SSLSocket socket = link();
            byte[] bytes =
                    ByteBuffer.allocate(part)
                            .put(
                                    frame(FrameType.WRITE, 4096, 4096),
                                    0,
                                    Math.min(part, FrameHeader.BYTES))
                            .array();
            socket.getOutputStream().write(bytes);
            socket.close();
            assertThat(node.await(Kind.DOWN).text()).contains("in the middle of a frame");
            assertThat(Loops.on(node.loop, node.pool::inUse)).isZero();
        }
    }

    @Test
    void randomBytesAndRandomCutsDoNoHarm() throws Exception {
        for (int seed = 0; seed < 30; seed++) {
            Random random = new Random(seed);
            ByteBuf bytes = Unpooled.buffer();
            for (int i = random.nextInt(6); i > 0; i--) {
                int size = 1 + random.nextInt(20_000);
                bytes.writeBytes(frame(FrameType.WRITE, size, size)).writeZero(size);
            }
            byte[] noise = new byte[FrameHeader.BYTES + random.nextInt(1000)];
            random.nextBytes(noise);
            bytes.writeBytes(noise);
            try (SSLSocket socket = link()) {
                socket.getOutputStream().write(ByteBufUtil.getBytes(bytes));
                node.await(Kind.DOWN, "garbage");
            }
        }
    }
}
