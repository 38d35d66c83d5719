package dev.rhizome.endtoend;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client that gets as far as the transmission phase; what it does then is up to the test. */
final class NbdHandshake {
    private static final int GREETING_BYTES = 18;
    private static final int EXPORT_BYTES = 10;
    private static final int FIXED_NEWSTYLE_WITHOUT_ZEROES = 3;
    private static final int EXPORT_NAME = 1;

    private NbdHandshake() {}

    /** Connects and chooses the default export. */
    static SocketChannel open(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        receive(channel, GREETING_BYTES);
        channel.write(
                ByteBuffer.allocate(20)
                        .putInt(FIXED_NEWSTYLE_WITHOUT_ZEROES)
                        .put("IHAVEOPT".getBytes(StandardCharsets.US_ASCII))
                        .putInt(EXPORT_NAME)
                        .putInt(0)
                        .flip());
        receive(channel, EXPORT_BYTES);
        return channel;
    }

    private static void receive(SocketChannel channel, int bytes) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(bytes);
        while (in.hasRemaining()) {
            if (channel.read(in) < 0) {
                throw new EOFException("the server ended the handshake");
            }
        }
    }
}
