package dev.rhizome.endtoend;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/** Free TCP ports on loopback. */
final class Ports {
    private static final int LOWEST = 15_000;

    /** Linux takes the ports of outgoing connections from here on. */
    private static final int FIRST_EPHEMERAL = 32_768;

    private static final int ATTEMPTS = 1000;

    private Ports() {}

    /**
     * A free one that no outgoing connection gets by chance: a node that dials a peer that is not
     * there yet could otherwise be given the very port, and be connected to itself.
     */
    static int free() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, FIRST_EPHEMERAL);
            try (ServerSocket probe = new ServerSocket()) {
                probe.setReuseAddress(false);
                probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException taken) {
                continue;
            }
        }
        throw new AssertionError("no free port found");
    }
}
