package dev.rhizome.transport.peer;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.security.NoSuchAlgorithmException;
import javax.net.ssl.SSLContext;

/** Which implementation of TLS encrypts the link. */
public enum TlsEngine {
    /** Netty's native library: several times cheaper than the JDK's engine on Java 17. */
    BORINGSSL("BoringSSL", SslProvider.OPENSSL),
    /** The JDK's own, where the native library does not load. */
    JDK("JDK", SslProvider.JDK);

    private final String title;
    private final SslProvider provider;

    TlsEngine(String title, SslProvider provider) {
        this.title = title;
        this.provider = provider;
    }

    /** The best one that works on this machine. */
    public static TlsEngine best() {
        return OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL)
                ? BORINGSSL
                : JDK;
    }

    /**
     * Loads the native part, and the JDK's policy of cryptography, which it reads from its files.
     */
    public static void load() {
        best();
        try {
            SSLContext.getInstance("TLSv1.3");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no TLS 1.3", e);
        }
    }

    /** For a person: "BoringSSL" or "JDK". */
    public String title() {
        return title;
    }

    SslProvider provider() {
        return provider;
    }
}
