package dev.rhizome.core.verify;

import java.util.List;

/**
 * How far an online verify is, or how the last one has ended.
 *
 * @param running whether it is still under way
 * @param startBytes where it began
 * @param stopBytes where it is to end
 * @param positionBytes everything before this was compared
 * @param differentBytes how much was found to differ
 * @param ranges where, in order; not more than {@link dev.rhizome.core.Limits#MAX_FOUND_RANGES}
 * @param unlistedBytes how much of it is in none of the ranges
 * @param outcome how it has ended, one line; empty while it is running
 */
public record VerifyReport(
        boolean running,
        long startBytes,
        long stopBytes,
        long positionBytes,
        long differentBytes,
        List<FoundRange> ranges,
        long unlistedBytes,
        String outcome) {}
