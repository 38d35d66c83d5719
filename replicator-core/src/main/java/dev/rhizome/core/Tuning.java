package dev.rhizome.core;

import dev.rhizome.core.policy.PaceSettings;

/**
 * What trades work now against work after a crash.
 *
 * @param extentBlocks blocks of 4 KiB in one extent of the activity log: a power of two, 8 to 1024
 * @param activityLogExtents how many extents may be active at once
 * @param checkpointBytes how much a resync copies before both nodes flush, and what was copied
 *     counts as in sync should the resync be interrupted
 * @param flushAfterNs how long acknowledged changes may stay unflushed before both nodes flush in
 *     the background; until then they would count as different if the peer were lost
 * @param coolAfterNs how long an extent of the activity log stays active without being used: at
 *     least this, at most twice; the longer, the more is copied after a crash of the Primary
 * @param pace how a resync shares disks and link with the application
 */
public record Tuning(
        int extentBlocks,
        int activityLogExtents,
        long checkpointBytes,
        long flushAfterNs,
        long coolAfterNs,
        PaceSettings pace) {

    /** With the default pace. */
    public Tuning(
            int extentBlocks,
            int activityLogExtents,
            long checkpointBytes,
            long flushAfterNs,
            long coolAfterNs) {
        this(
                extentBlocks,
                activityLogExtents,
                checkpointBytes,
                flushAfterNs,
                coolAfterNs,
                PaceSettings.defaults());
    }

    /**
     * Extents of 4 MiB, 6433 of them (25 GiB), a checkpoint every 64 MiB, a flush after 5 s, 30 s
     * to cool.
     */
    public static Tuning defaults() {
        return new Tuning(1024, 6433, 64L << 20, 5_000_000_000L, 30_000_000_000L);
    }
}
