package dev.rhizome.replicator;

/**
 * How long what has taken since the volume was opened.
 *
 * @param reads clients' reads, from the request to the answer
 * @param writes clients' writes, trims and zeroes
 * @param flushes clients' flushes, of both nodes
 * @param peerWrites of clients' writes, trims and zeroes, the peer's part, link included
 * @param peerFlushes of clients' flushes, the peer's part
 * @param diskReads reads of this node's disk, whoever has asked for them
 * @param diskWrites writes of volume data to this node's disk, trims and zeroes included
 * @param diskFlushes flushes of this node's disk
 */
public record VolumeLatencies(
        Latencies reads,
        Latencies writes,
        Latencies flushes,
        Latencies peerWrites,
        Latencies peerFlushes,
        Latencies diskReads,
        Latencies diskWrites,
        Latencies diskFlushes) {}
