package dev.rhizome.daemon.cli;

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
import java.util.concurrent.TimeUnit;

/**
 * One exchange with the daemon over its control socket. It asks as HTTP/1.0, so that the answer is
 * whole when the daemon closes the connection: nothing but the JDK is loaded for it.
 */
final class ControlClient {
    private static final long LIMIT_MS = TimeUnit.SECONDS.toMillis(100);
    private static final int MAX_ANSWER_BYTES = 8 << 20;
    private static final int BUFFER_BYTES = 16 * 1024;

    private final Path socket;

    ControlClient(Path socket) {
        this.socket = socket;
    }

    /**
     * An answer.
     *
     * @param status HTTP's
     * @param body the text
     */
    record Reply(int status, String body) {}

    /** Asks, and waits for the answer. */
    Reply ask(String method, String path, String accept, String body) throws CommandFailure {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head =
                method
                        + " "
                        + path
                        + " HTTP/1.0\r\n"
                        + "Accept: "
                        + accept
                        + "\r\n"
                        + "Content-Type: application/json\r\n"
                        + "Content-Length: "
                        + content.length
                        + "\r\n\r\n";
        ByteBuffer request = ByteBuffer.wrap((head + body).getBytes(StandardCharsets.UTF_8));
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            return parse(exchange(channel, selector, request));
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NO_DAEMON,
                    "cannot reach the daemon at "
                            + socket
                            + ": "
                            + e.getMessage()
                            + "; is it running (rhizome daemon), and may you use it?");
        }
    }

    private static String exchange(SocketChannel channel, Selector selector, ByteBuffer request)
            throws IOException {
        SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LIMIT_MS);
        while (true) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(endNs - System.nanoTime());
            if (leftMs <= 0) {
                throw new IOException("no answer within " + LIMIT_MS / 1000 + " s");
            }
            selector.select(leftMs);
            if (request.hasRemaining()) {
                channel.write(request);
                key.interestOps(
                        request.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
                continue;
            }
            int count = channel.read(buffer.clear());
            if (count < 0) {
                return answer.toString(StandardCharsets.UTF_8);
            }
            answer.write(buffer.array(), 0, count);
            if (answer.size() > MAX_ANSWER_BYTES) {
                throw new IOException("the answer is too long");
            }
        }
    }

    private static Reply parse(String answer) throws IOException {
        int headEnd = answer.indexOf("\r\n\r\n");
        if (headEnd < 0 || !answer.startsWith("HTTP/1.") || headEnd < "HTTP/1.1 200".length()) {
            throw new IOException("its answer is not HTTP");
        }
        try {
            int status = Integer.parseInt(answer.substring(9, 12));
            return new Reply(status, answer.substring(headEnd + 4));
        } catch (NumberFormatException e) {
            throw new IOException("its answer is not HTTP", e);
        }
    }
}
