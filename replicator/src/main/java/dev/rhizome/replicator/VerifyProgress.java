package dev.rhizome.replicator;

import dev.rhizome.core.verify.VerifyReport;

/**
 * How far an online verify is, or how the last one has ended.
 *
 * @param report where it is and what it has found
 * @param bytesPerSecond the rate of the last seconds; 0 at the start and the end
 * @param secondsLeft the estimate, or -1 if there is none
 */
public record VerifyProgress(VerifyReport report, long bytesPerSecond, long secondsLeft) {}
