package dev.rhizome.fuzz;

import dev.rhizome.transport.nbd.NbdCounters;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A live NBD server: the input is what a client sends. Whatever that is, afterwards nothing of it
 * is left and the next client is served.
 */
final class NbdServerTarget implements Target {
    /** In the first byte of an input: the volume answers later than within the call. */
    static final int LATE = 1;

    /** In the first byte: it comes by TCP. */
    static final int TCP = 2;

    /** In the first byte: it comes by TCP, after the server has agreed to TLS. */
    static final int WITHIN_TLS = 4;

    private static final int GREETING_BYTES = 18;
    private static final int AGREEMENT_BYTES = 20;
    private static final byte[] START_TLS = {
        0, 0, 0, 1, 'I', 'H', 'A', 'V', 'E', 'O', 'P', 'T', 0, 0, 0, 5, 0, 0, 0, 0
    };

    private final ByteBuffer received = ByteBuffer.allocateDirect(256 * 1024);
    private @Nullable LiveServer live;

    @Override
    public String name() {
        return "nbd-server";
    }

    @Override
    public List<byte[]> seeds() {
        try {
            // Now, so that no input is charged with it.
            live();
            JdkSslContext context =
                    (JdkSslContext)
                            SslContextBuilder.forClient().sslProvider(SslProvider.JDK).build();
            return NbdSessions.all(context.context());
        } catch (IOException e) {
            throw new IllegalStateException("the JDK has no TLS", e);
        }
    }

    /** Taken if the server has answered. */
    @Override
    public boolean accepts(byte[] input) {
        try {
            LiveServer server = live();
            boolean answered = input.length > 0 && converse(server, input);
            expectNothingLeft(server);
            serveGoodClient(server);
            return answered;
        } catch (IOException e) {
            throw new AssertionError("the server does not serve", e);
        }
    }

    private LiveServer live() throws IOException {
        if (live == null) {
            live = new LiveServer();
        }
        return live;
    }

    private boolean converse(LiveServer server, byte[] input) throws IOException {
        int way = input[0];
        server.answerLate((way & LATE) != 0);
        SocketAddress address = (way & (TCP | WITHIN_TLS)) != 0 ? server.tcp() : server.unix();
        try (SocketChannel channel = SocketChannel.open(address)) {
            exchange(channel, ByteBuffer.allocate(0), GREETING_BYTES);
            if ((way & WITHIN_TLS) != 0) {
                exchange(channel, ByteBuffer.wrap(START_TLS), AGREEMENT_BYTES);
            }
            return send(channel, ByteBuffer.wrap(input, 1, input.length - 1));
        }
    }

    /** Sends something, and takes an answer of a known size. */
    private void exchange(SocketChannel channel, ByteBuffer message, int answerBytes)
            throws IOException {
        while (message.hasRemaining()) {
            channel.write(message);
        }
        received.clear().limit(answerBytes);
        while (received.hasRemaining()) {
            if (channel.read(received) < 0) {
                throw new IOException("the server hangs up");
            }
        }
        received.flip();
    }

    /** Sends and receives at once, until both sides have ended; whether anything was answered. */
    private boolean send(SocketChannel channel, ByteBuffer message) {
        boolean answered = false;
        try (Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            SelectionKey key =
                    channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            while (true) {
                selector.select();
                selector.selectedKeys().clear();
                received.clear();
                int bytes = channel.read(received);
                answered |= bytes > 0;
                if (bytes < 0) {
                    return answered;
                }
                if (message.hasRemaining()) {
                    channel.write(message);
                } else if (key.interestOps() != SelectionKey.OP_READ) {
                    key.interestOps(SelectionKey.OP_READ);
                    channel.shutdownOutput();
                }
            }
        } catch (IOException e) {
            // The server has closed while there was more to send.
            return answered;
        }
    }

    private static void expectNothingLeft(LiveServer server) throws IOException {
        NbdCounters counters = server.counters();
        // A loop without an end is found by the fuzzer's watch.
        while (counters.connections() > 0 || counters.requestsInFlight() > 0) {
            counters = server.counters();
        }
        Target.require(server.payloadsInUse() == 0, "payloads are not given back");
        server.requireNoBug();
    }

    private void serveGoodClient(LiveServer server) throws IOException {
        try (SocketChannel channel = SocketChannel.open(server.unix())) {
            exchange(channel, ByteBuffer.allocate(0), GREETING_BYTES);
            ByteBuffer session = ByteBuffer.allocate(1000);
            // EXPORT_NAME, then a write and a read of what was written.
            session.putInt(3).putLong(0x49484156454F5054L).putInt(1).putInt(0);
            session.putInt(0x25609513).putInt(1).putLong(7).putLong(0).putInt(512);
            for (int at = 0; at < 512; at++) {
                session.put((byte) at);
            }
            session.putInt(0x25609513).putInt(0).putLong(8).putLong(0).putInt(512);
            exchange(channel, session.flip(), 10 + 16 + 16 + 512);
            Target.require(received.getLong() == server.sizeBytes(), "the export's size");
            received.position(10);
            for (int cookie = 7; cookie <= 8; cookie++) {
                boolean good =
                        received.getInt() == 0x67446698
                                && received.getInt() == 0
                                && received.getLong() == cookie;
                Target.require(good, "a good client's request " + cookie + " fails");
            }
            for (int at = 0; at < 512; at++) {
                Target.require(received.get() == (byte) at, "not what was written");
            }
        }
    }
}
