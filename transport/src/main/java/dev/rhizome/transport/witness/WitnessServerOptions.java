package dev.rhizome.transport.witness;

import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * How a witness serves.
 *
 * @param listen where; port 0 for any
 * @param maxConnections how many at once; further ones are closed without a word
 * @param tlsTimeout how long somebody may take to show who he is
 * @param lifetime how long a connection may last at all: each serves one question, or one list
 */
public record WitnessServerOptions(
        InetSocketAddress listen, int maxConnections, Duration tlsTimeout, Duration lifetime) {

    /** The usual limits. */
    public static WitnessServerOptions on(InetSocketAddress listen) {
        return new WitnessServerOptions(listen, 128, Duration.ofSeconds(5), Duration.ofSeconds(30));
    }
}
