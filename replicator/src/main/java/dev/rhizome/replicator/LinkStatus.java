package dev.rhizome.replicator;

/**
 * The link, below what the nodes say to each other.
 *
 * @param count how many links there have been since the volume was opened
 * @param path the peer's address, and which of two it is; empty while there is no link
 * @param compressing whether volume data is compressed now
 * @param dataBytes volume data that was sent since the volume was opened
 * @param dataWireBytes what it was on the wire, without headers and encryption
 * @param dataReceivedBytes volume data that has come
 * @param dataReceivedWireBytes what that was on the wire
 */
public record LinkStatus(
        long count,
        String path,
        boolean compressing,
        long dataBytes,
        long dataWireBytes,
        long dataReceivedBytes,
        long dataReceivedWireBytes) {}
