package dev.rhizome.daemon.cli;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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
            throw unreachable(e);
        }
    }

    /** Takes a stream's lines. */
    @FunctionalInterface
    interface LineReader {
        /**
         * One line, without its end.
         *
         * @return whether to go on
         */
        boolean onLine(String line);
    }

    /**
     * Asks for a stream and reads its lines, for as long as it lasts.
     *
     * @return null if it was read; else what the daemon has answered instead of a stream
     */
    @Nullable Reply stream(String path, String accept, LineReader reader) throws CommandFailure {
        String head = "GET " + path + " HTTP/1.0\r\nAccept: " + accept + "\r\n\r\n";
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(head.getBytes(StandardCharsets.UTF_8)));
            BufferedReader lines =
                    new BufferedReader(
                            Channels.newReader(
                                    channel, StandardCharsets.UTF_8.newDecoder(), BUFFER_BYTES));
            StringBuilder answer = new StringBuilder();
            String line = lines.readLine();
            while (line != null && !line.isEmpty()) {
                answer.append(line).append("\r\n");
                line = lines.readLine();
            }
            answer.append("\r\n");
            Reply reply = parse(answer.toString());
            if (reply.status() != 200) {
                StringBuilder body = new StringBuilder();
                for (line = lines.readLine(); line != null; line = lines.readLine()) {
                    body.append(line).append('\n');
                }
                return new Reply(reply.status(), body.toString());
            }
            for (line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!reader.onLine(line)) {
                    break;
                }
            }
            return null;
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private CommandFailure unreachable(IOException e) {
        return new CommandFailure(
                ExitCode.NO_DAEMON,
                "cannot reach the daemon at "
                        + socket
                        + ": "
                        + e.getMessage()
                        + "; is it running (rhizome daemon), and may you use it?");
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
