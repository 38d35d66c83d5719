package dev.rhizome.transport.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.nbd.RawClient.Reply;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes before the first request. */
final class NbdHandshakeTest {
    private static final int SIZE = 1 << 20;
    private static final byte[] NOTHING = {};
    private final Path directory;
    private final TestServer server;

    NbdHandshakeTest(@TempDir Path directory) throws Exception {
        this.directory = directory;
        server = new TestServer(directory, SIZE);
    }

    @AfterEach
    void end() {
        server.close();
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static void expectBytes(RawClient client, String hex) throws Exception {
        byte[] expected = hex(hex);
        assertThat(client.in.readNBytes(expected.length)).isEqualTo(expected);
    }

    @Test
    void goldenBytesOfGo() throws Exception {
        try (RawClient client = server.connect()) {
            expectBytes(client, "4e42444d41474943 49484156454f5054 0003");
            client.out.write(hex("00000003"));
            // Structured replies.
            client.out.write(hex("49484156454f5054 00000008 00000000"));
            expectBytes(client, "0003e889045565a9 00000008 00000001 00000000");
            // GO for "r0", wanting the block sizes, the name and the description.
            client.out.write(
                    hex(
                            "49484156454f5054 00000007 0000000e 00000002 7230 0003 0003 0001"
                                    + " 0002"));
            expectBytes(
                    client,
                    "0003e889045565a9 00000007 00000003 0000000c 0000 0000000000100000 05ed");
            expectBytes(client, "0003e889045565a9 00000007 00000003 00000004 0001 7230");
            expectBytes(client, "0003e889045565a9 00000007 00000003 00000016 0002");
            assertThat(new String(client.in.readNBytes(20), StandardCharsets.US_ASCII))
                    .isEqualTo("replicated volume r0");
            expectBytes(
                    client,
                    "0003e889045565a9 00000007 00000003 0000000e 0003 00000200 00001000"
                            + " 02000000");
            expectBytes(client, "0003e889045565a9 00000007 00000001 00000000");
            // READ of one sector, don't fragment.
            client.out.write(hex("25609513 0004 0000 0123456789abcdef 0000000000000200 00000200"));
            expectBytes(
                    client,
                    "668e33ef 0001 0001 0123456789abcdef 00000208 0000000000000200"
                            + "00".repeat(512));
            // READ past the end.
            client.out.write(hex("25609513 0000 0000 0123456789abcdef 0000000000100000 00000200"));
            expectBytes(client, "668e33ef 0001 8001 0123456789abcdef 00000020 00000016 001a");
            assertThat(new String(client.in.readNBytes(26), StandardCharsets.US_ASCII))
                    .isEqualTo("past the end of the export");
        }
    }

    @Test
    void goldenBytesOfExportName() throws Exception {
        try (RawClient client = server.connect()) {
            client.greet(3);
            client.option(Nbd.OPT_EXPORT_NAME, NOTHING);
            expectBytes(client, "0000000000100000 056d");
            client.out.write(hex("25609513 0000 0003 0123456789abcdef 0000000000000000 00000000"));
            expectBytes(client, "67446698 00000000 0123456789abcdef");
        }
        try (RawClient client = server.connect()) {
            client.greet(1);
            client.option(Nbd.OPT_EXPORT_NAME, "r0".getBytes(StandardCharsets.US_ASCII));
            expectBytes(client, "0000000000100000 056d" + "00".repeat(124));
        }
    }

    @Test
    void otherOptions() throws Exception {
        try (RawClient client = server.connect()) {
            client.greet(3);
            client.option(Nbd.OPT_LIST, NOTHING);
            assertThat(client.reply())
                    .isEqualTo(new Reply(Nbd.OPT_LIST, Nbd.REP_SERVER, "\0\0\0\2r0"));
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ACK);
            client.option(Nbd.OPT_LIST, new byte[3]);
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
            client.option(Nbd.OPT_STRUCTURED_REPLY, new byte[1]);
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
            for (int unsupported : new int[] {4, Nbd.OPT_EXTENDED_HEADERS, 12345}) {
                client.option(unsupported, new byte[unsupported % 7]);
                assertThat(client.reply().type()).isEqualTo(Nbd.REP_ERR_UNSUP);
            }
            client.option(Nbd.OPT_STARTTLS, NOTHING);
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ERR_POLICY);
            client.option(99, new byte[100_000]);
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ERR_TOO_BIG);
            client.option(Nbd.OPT_INFO, RawClient.go("other"));
            Reply unknown = client.reply();
            assertThat(unknown.type()).isEqualTo(Nbd.REP_ERR_UNKNOWN);
            assertThat(unknown.data()).contains("'r0'");
            client.option(Nbd.OPT_INFO, RawClient.go("", Nbd.INFO_BLOCK_SIZE));
            assertThat(client.reply().data()).hasSize(12);
            assertThat(client.reply().data()).isEqualTo("\0\3\0\0\2\0\0\0\20\0\2\0\0\0");
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ACK);
            client.option(Nbd.OPT_ABORT, NOTHING);
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ACK);
            assertThat(client.atEnd()).isTrue();
        }
    }

    @Test
    void badLengthsInsideGo() throws Exception {
        byte[][] bad = {
            NOTHING,
            new byte[5],
            ByteBuffer.allocate(6).putInt(1).array(),
            ByteBuffer.allocate(6).putInt(-1).array(),
            ByteBuffer.allocate(6).putInt(0).putShort((short) 1).array(),
            ByteBuffer.allocate(8).putInt(0).putShort((short) 0).array(),
            ByteBuffer.allocate(6).putInt(0).putShort((short) -1).array(),
            ByteBuffer.allocate(6).putInt(Integer.MAX_VALUE).array(),
        };
        try (RawClient client = server.connect()) {
            client.greet(3);
            for (byte[] data : bad) {
                client.option(Nbd.OPT_GO, data);
                assertThat(client.reply().type()).isEqualTo(Nbd.REP_ERR_INVALID);
            }
        }
    }

    @Test
    void whatCannotBeAnsweredClosesTheConnection() throws Exception {
        byte[][] endings = {
            // Unknown client flags.
            hex("00000004"),
            // No option's magic.
            hex("00000003 0000000000000000 00000007 00000000"),
            // An export that is not here, where no error can be told.
            hex("00000003 49484156454f5054 00000001 00000001 78"),
            // Too much data to skip.
            hex("00000003 49484156454f5054 00000007 7fffffff"),
            hex("00000003 49484156454f5054 00000007 ffffffff"),
            // An export name that is too long.
            hex("00000003 49484156454f5054 00000001 00001001"),
            // Any other option of a client that does not speak fixed newstyle.
            hex("00000002 49484156454f5054 00000003 00000000"),
            hex("00000000 49484156454f5054 00000007 00000006 000000000000"),
        };
        for (byte[] ending : endings) {
            try (RawClient client = server.connect()) {
                client.in.readNBytes(18);
                client.out.write(ending);
                assertThat(client.atEnd()).isTrue();
            }
        }
        assertThat(server.counters().connectionsTotal()).isEqualTo(endings.length);
    }

    @Test
    void aVolumeThatIsNotServedLetsNobodyIn() throws Exception {
        server.volume.serving = false;
        try (RawClient client = server.connect()) {
            client.greet(3);
            client.option(Nbd.OPT_GO, RawClient.go("r0"));
            assertThat(client.reply().type()).isEqualTo(Nbd.REP_ERR_SHUTDOWN);
        }
    }

    @Test
    void theSocketFile() throws Exception {
        Path socket = server.options.socket();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-rw----");
        // Somebody serves it: a second server says so.
        assertThatThrownBy(() -> new TestServer(directory, SIZE))
                .hasMessageContaining(socket.toString())
                .hasMessageContaining("another process");
        server.server.close().get(Loops.PATIENCE_SECONDS, TimeUnit.SECONDS);
        server.until(() -> !Files.exists(socket));
        // A file that is no socket is not removed; a stale socket is.
        Files.writeString(socket, "precious");
        assertThatThrownBy(() -> new TestServer(directory, SIZE))
                .hasMessageContaining("is no socket");
        Files.delete(socket);
        try (ServerSocketChannel stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
        try (TestServer again = new TestServer(directory, SIZE);
                RawClient client = again.connect()) {
            client.enter(true);
        }
        assertThatThrownBy(() -> new TestServer(directory.resolve("no/such"), SIZE))
                .hasMessageContaining("create it");
    }

    @Test
    void connectionsAreLimited() throws Exception {
        NbdServerOptions few =
                new NbdServerOptions(
                        directory.resolve("few.sock"),
                        "r0",
                        "",
                        2,
                        8,
                        1 << 20,
                        8,
                        Duration.ofMinutes(1));
        try (TestServer small = new TestServer(few, SIZE, 4);
                RawClient first = small.connect().enter(true);
                RawClient second = small.connect().enter(false);
                RawClient third = small.connect()) {
            assertThat(third.atEnd()).isTrue();
            assertThat(small.counters().connections()).isEqualTo(2);
            assertThat(small.counters().connectionsRefused()).isEqualTo(1);
            first.request(Nbd.CMD_DISC, 0, 0, 0);
            assertThat(first.atEnd()).isTrue();
            second.channel.shutdownOutput();
            small.until(() -> small.server.counters().connections() == 0);
            try (RawClient fourth = small.connect()) {
                fourth.enter(true);
            }
        }
    }

    @Test
    void aClientThatNeverFinishesTheHandshakeIsLetGo() throws Exception {
        NbdServerOptions hasty =
                new NbdServerOptions(
                        directory.resolve("hasty.sock"),
                        "r0",
                        "",
                        2,
                        8,
                        1 << 20,
                        8,
                        Duration.ofMillis(50));
        try (TestServer server = new TestServer(hasty, SIZE, 4);
                RawClient idle = server.connect()) {
            server.until(() -> server.server.counters().connections() == 0);
            assertThat(idle.channel.isOpen()).isTrue();
        }
    }
}
