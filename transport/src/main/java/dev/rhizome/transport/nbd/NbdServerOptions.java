package dev.rhizome.transport.nbd;

import dev.rhizome.core.Limits;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What an NBD server needs to know.
 *
 * @param socket the unix socket to listen on
 * @param exportName the one export's name; the empty name means it, too
 * @param description for clients that show one
 * @param maxConnections at once; a further one is closed at once
 * @param maxRequestsPerConnection in flight; then its socket is not read
 * @param maxBytesPerConnection of data in flight, unless it is one request; likewise
 * @param maxRequests in flight to the volume, of all connections: at most what the volume takes
 * @param handshakeTimeout how long a client may negotiate before it holds a place for nothing
 */
public record NbdServerOptions(
        Path socket,
        String exportName,
        String description,
        int maxConnections,
        int maxRequestsPerConnection,
        int maxBytesPerConnection,
        int maxRequests,
        Duration handshakeTimeout) {

    /** Checks the limits. */
    public NbdServerOptions {
        if (maxRequestsPerConnection < 1 || maxRequestsPerConnection > Short.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "requests per connection: " + maxRequestsPerConnection);
        }
        if (maxRequests < 1 || maxConnections < 1) {
            throw new IllegalArgumentException("a server needs room for something");
        }
    }

    /** The defaults for everything but what is served, and where. */
    public static NbdServerOptions of(Path socket, String exportName) {
        return new NbdServerOptions(
                socket,
                exportName,
                "replicated volume " + exportName,
                16,
                128,
                16 << 20,
                Limits.MAX_CLIENT_REQUESTS,
                Duration.ofMinutes(1));
    }
}
