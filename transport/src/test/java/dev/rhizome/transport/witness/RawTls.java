package dev.rhizome.transport.witness;

import dev.rhizome.transport.Loops;
import dev.rhizome.transport.peer.TlsFiles;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/** A client within TLS that says any bytes. */
final class RawTls implements AutoCloseable {
    private final SSLSocket socket;

    /** Connects; the witness's certificate is not looked at. */
    RawTls(InetSocketAddress address, TlsFiles shown) throws Exception {
        JdkSslContext context =
                (JdkSslContext)
                        SslContextBuilder.forClient()
                                .sslProvider(SslProvider.JDK)
                                .endpointIdentificationAlgorithm(null)
                                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                                .keyManager(shown.certificate().toFile(), shown.key().toFile())
                                .build();
        socket =
                (SSLSocket)
                        context.context()
                                .getSocketFactory()
                                .createSocket(address.getAddress(), address.getPort());
        socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(Loops.PATIENCE_SECONDS));
    }

    RawTls say(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    byte[] hear(int count) throws IOException {
        return socket.getInputStream().readNBytes(count);
    }

    /** All that comes until the witness ends the connection, in whichever way. */
    byte[] heardUntilTheEnd() {
        ByteArrayOutputStream heard = new ByteArrayOutputStream();
        try {
            InputStream in = socket.getInputStream();
            for (int each = in.read(); each >= 0; each = in.read()) {
                heard.write(each);
            }
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the witness does not end the connection", e);
        } catch (IOException ended) {
            // A reset, or an alert.
            return heard.toByteArray();
        }
        return heard.toByteArray();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
