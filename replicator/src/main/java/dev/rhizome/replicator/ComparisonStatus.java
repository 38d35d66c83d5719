package dev.rhizome.replicator;

import org.jspecify.annotations.Nullable;

/**
 * What comparisons of the two nodes' data have shown.
 *
 * @param resyncSameBytes what resyncs since the volume was opened need not have copied: its digests
 *     were the same on both nodes
 * @param marked whether what is out of sync has blocks that a verify has found and that are not
 *     copied since, also one before the volume was opened
 * @param verify the running online verify, or how the last one ended; null if there was none since
 *     the volume was opened
 */
public record ComparisonStatus(
        long resyncSameBytes, boolean marked, @Nullable VerifyProgress verify) {}
