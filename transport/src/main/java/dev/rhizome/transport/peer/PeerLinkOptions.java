package dev.rhizome.transport.peer;

import dev.rhizome.core.Limits;
import dev.rhizome.core.policy.Compression;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a connector needs to know.
 *
 * @param resource the resource's name, the same on both nodes
 * @param node this node's name
 * @param peer the peer's name, which its certificate must carry
 * @param listen where to accept the peer, one or more addresses; port 0 for any
 * @param peerAddresses where the peer does, as many; asked before each attempt; must be resolved,
 *     since resolving would block
 * @param connectInterval between the end of one attempt and the next, varied by a fifth; it grows
 *     to ten times as much while attempts fail or links do not last
 * @param connectTimeout for the TCP connection
 * @param handshakeTimeout for TLS and the preface together
 * @param userTimeout how long sent data may stay unacknowledged by the peer's kernel
 * @param highWaterBytes outbound bytes beyond which a link is not writable
 * @param maxUnsettled inbound connections that are not a link yet
 * @param compression whether volume data is compressed
 */
public record PeerLinkOptions(
        String resource,
        String node,
        String peer,
        List<InetSocketAddress> listen,
        Supplier<List<InetSocketAddress>> peerAddresses,
        Duration connectInterval,
        Duration connectTimeout,
        Duration handshakeTimeout,
        Duration userTimeout,
        int highWaterBytes,
        int maxUnsettled,
        Compression compression) {

    /** Checks the names. */
    public PeerLinkOptions {
        if (node.equals(peer)) {
            throw new IllegalArgumentException("a node is not its own peer: '" + node + "'");
        }
        for (String name : new String[] {resource, node, peer}) {
            if (name.isEmpty() || name.length() > Limits.MAX_NAME_LENGTH) {
                throw new IllegalArgumentException(
                        "a name has 1 to "
                                + Limits.MAX_NAME_LENGTH
                                + " characters: '"
                                + name
                                + "'");
            }
        }
        if (listen.isEmpty()) {
            throw new IllegalArgumentException("there is no address to accept the peer on");
        }
    }

    /** The defaults for everything but who and where. */
    public static PeerLinkOptions of(
            String resource,
            String node,
            String peer,
            List<InetSocketAddress> listen,
            Supplier<List<InetSocketAddress>> peerAddresses) {
        return new PeerLinkOptions(
                resource,
                node,
                peer,
                List.copyOf(listen),
                peerAddresses,
                Duration.ofSeconds(1),
                Duration.ofSeconds(3),
                Duration.ofSeconds(5),
                Duration.ofSeconds(3),
                8 << 20,
                16,
                Compression.AUTO);
    }

    /** With other times; see the record's components. */
    public PeerLinkOptions withTimes(
            Duration newConnectInterval,
            Duration newConnectTimeout,
            Duration newHandshakeTimeout,
            Duration newUserTimeout) {
        return new PeerLinkOptions(
                resource,
                node,
                peer,
                listen,
                peerAddresses,
                newConnectInterval,
                newConnectTimeout,
                newHandshakeTimeout,
                newUserTimeout,
                highWaterBytes,
                maxUnsettled,
                compression);
    }

    /** With the peer elsewhere. */
    public PeerLinkOptions withPeer(Supplier<List<InetSocketAddress>> newPeerAddresses) {
        return new PeerLinkOptions(
                resource,
                node,
                peer,
                listen,
                newPeerAddresses,
                connectInterval,
                connectTimeout,
                handshakeTimeout,
                userTimeout,
                highWaterBytes,
                maxUnsettled,
                compression);
    }

    /** With compression or without. */
    public PeerLinkOptions withCompression(Compression newCompression) {
        return new PeerLinkOptions(
                resource,
                node,
                peer,
                listen,
                peerAddresses,
                connectInterval,
                connectTimeout,
                handshakeTimeout,
                userTimeout,
                highWaterBytes,
                maxUnsettled,
                newCompression);
    }

    /** How long a link must last to count as a good one: only then is all forgotten. */
    Duration stableAfter() {
        return connectInterval.multipliedBy(Backoff.CAP);
    }
}
