package dev.rhizome.endtoend;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Those who connect and are not what was expected. */
final class Strangers {
    /** The same noise in every run. */
    private static final Random RANDOM = new Random(42);

    private Strangers() {}

    static synchronized byte[] noise(int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    /** A plain TCP connection. */
    static Socket tcp(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    /** A TLS client, which stays until it is sent away; answers with what it was told. */
    static String tlsClient(int port, @Nullable Path certificate, @Nullable Path key) {
        List<String> command = new ArrayList<>();
        command.addAll(List.of("openssl", "s_client", "-tls1_3", "-connect", "127.0.0.1:" + port));
        if (certificate != null && key != null) {
            command.addAll(List.of("-cert", certificate.toString(), "-key", key.toString()));
        }
        return Tool.run(Waiting.LIMIT, Map.of(), command).output();
    }

    /** Connects to a unix socket, says bytes as far as they are taken, and leaves. */
    static void sendAndLeave(Path socket, byte[] bytes) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            ByteBuffer out = ByteBuffer.wrap(bytes);
            channel.configureBlocking(false);
            boolean taken = true;
            while (out.hasRemaining() && taken) {
                taken = channel.write(out) > 0;
            }
        } catch (IOException closedOnUs) {
            // One of the right answers to what strangers say.
            return;
        }
    }
}
