package dev.rhizome.endtoend;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A daemon's control API, spoken from here: HTTP over a unix socket, with a time limit. */
final class ControlSocket {
    private static final long LIMIT_MS = TimeUnit.SECONDS.toMillis(100);

    private final Path socket;

    ControlSocket(Path socket) {
        this.socket = socket;
    }

    /**
     * An answer.
     *
     * @param status HTTP's
     * @param fields the JSON object
     */
    record Answer(int status, Map<String, Object> fields) {

        boolean accepted() {
            return status == 200;
        }

        /** What a refusal or a success says. */
        String text() {
            return String.valueOf(fields.get(accepted() ? "reason" : "detail"));
        }

        /** The rule that decided. */
        String rule() {
            return String.valueOf(fields.get("rule"));
        }
    }

    /** GET of one resource's status. */
    Status status() throws IOException {
        return new Status(ask("GET", "/v1/resources/" + Cluster.RESOURCE, "").fields());
    }

    /** POST of a command to the resource. */
    Answer command(String verb, String body) throws IOException {
        return ask("POST", "/v1/resources/" + Cluster.RESOURCE + "/" + verb, body);
    }

    Answer ask(String method, String path, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head =
                method
                        + " "
                        + path
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: "
                        + content.length
                        + "\r\n\r\n";
        String answer = exchange((head + body).getBytes(StandardCharsets.UTF_8));
        int end = answer.indexOf("\r\n\r\n");
        if (!answer.startsWith("HTTP/1.1 ") || end < 0) {
            throw new IOException("not an HTTP answer: " + answer);
        }
        return new Answer(
                Integer.parseInt(answer.substring(9, 12)),
                JSON.std.mapFrom(answer.substring(end + 4)));
    }

    /** Sends bytes, whatever they are, and reads until the daemon closes the connection. */
    String exchange(byte[] request) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        ByteBuffer out = ByteBuffer.wrap(request);
        ByteBuffer in = ByteBuffer.allocate(16 * 1024);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            SelectionKey key =
                    channel.register(selector, SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            while (true) {
                long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
                if (leftMs <= 0) {
                    throw new IOException("no answer on " + socket + " in " + LIMIT_MS + " ms");
                }
                selector.select(leftMs);
                if (out.hasRemaining()) {
                    channel.write(out);
                } else {
                    key.interestOps(SelectionKey.OP_READ);
                }
                int count = channel.read(in.clear());
                if (count < 0) {
                    return answer.toString(StandardCharsets.UTF_8);
                }
                answer.write(in.array(), 0, count);
            }
        }
    }
}
