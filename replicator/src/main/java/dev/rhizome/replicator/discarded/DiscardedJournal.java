package dev.rhizome.replicator.discarded;

import java.nio.file.Path;
import java.time.Instant;

/**
 * What one file of kept blocks is about: changes of one node that were discarded after a split
 * brain, as they were before.
 *
 * @param file where it is
 * @param resource the resource
 * @param node the node whose changes they are
 * @param at when they were kept
 * @param volumeBytes the volume's size then
 * @param generation the generation of the data that they belong to, 16 hexadecimal digits
 * @param blocks how many blocks of 4096 bytes were kept
 */
public record DiscardedJournal(
        Path file,
        String resource,
        String node,
        Instant at,
        long volumeBytes,
        String generation,
        long blocks) {

    /** The size of a block. */
    public static final int BLOCK_BYTES = 4096;

    /** How a file of this kind ends. */
    public static final String SUFFIX = ".discarded";

    /** How much was kept. */
    public long bytes() {
        return blocks * BLOCK_BYTES;
    }
}
