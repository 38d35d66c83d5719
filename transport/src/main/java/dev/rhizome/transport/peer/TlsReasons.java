package dev.rhizome.transport.peer;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.ssl.NotSslRecordException;
import java.security.cert.CertificateException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Says in words why a connection failed. */
public final class TlsReasons {
    private static final int MAX_CAUSES = 10;

    private TlsReasons() {}

    /** One line for a person. */
    public static String of(Throwable failure) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < MAX_CAUSES; depth++) {
            if (cause instanceof NotSslRecordException) {
                return "what came is not TLS: not a peer, or not encrypted";
            }
            if (cause instanceof CertificateException && cause.getMessage() != null) {
                return cause.getMessage();
            }
            String alert = alert(cause);
            if (alert != null) {
                return alert;
            }
            cause = cause.getCause();
        }
        return plain(failure);
    }

    private static @Nullable String alert(Throwable cause) {
        String message = cause.getMessage();
        if (!(cause instanceof SSLException) || message == null) {
            return null;
        }
        String text = message.toLowerCase(Locale.ROOT);
        // Later JDKs put the alert that they send before the reason: that one is ours, not the
        // peer's, and its cause says more.
        boolean sentByUs = text.startsWith("(") && !text.contains("received fatal alert");
        if (sentByUs && cause.getCause() != null) {
            return null;
        }
        if (text.contains("unknown_ca")) {
            return "peer refused our certificate: it is not signed by the peer's CA";
        }
        if (text.contains("certificate_unknown")) {
            // All that the JDK's engine says, whatever the reason.
            return "peer refused our certificate: it is not signed by the peer's CA, has expired or"
                    + " was revoked; the peer's log says which";
        }
        if (text.contains("certificate_revoked")) {
            return "peer refused our certificate: it was revoked; issue a new one (rhizome pki"
                    + " issue)";
        }
        if (text.contains("certificate_expired")) {
            return "peer refused our certificate: it has expired";
        }
        if (text.contains("bad_certificate")) {
            return "peer refused our certificate: it is not valid yet or damaged; compare the"
                    + " clocks of both nodes";
        }
        if (text.contains("certificate_required") || text.contains("peer_did_not_return")) {
            return "no certificate was shown";
        }
        if (text.contains("protocol_version") || text.contains("unsupported_protocol")) {
            return "peer does not speak TLS 1.3";
        }
        if (text.contains("alert")) {
            return "peer refused the TLS handshake: " + message;
        }
        return null;
    }

    private static String plain(Throwable failure) {
        String message = failure.getMessage();
        if (message == null || message.isEmpty()) {
            return "connection failed (" + failure.getClass().getSimpleName() + ")";
        }
        if (message.contains("Connection refused")) {
            return "connection refused: nobody listens there";
        }
        if (failure instanceof ConnectTimeoutException || message.contains("timed out")) {
            return "connection timed out";
        }
        return message;
    }
}
