package dev.rhizome.core.policy;

/**
 * How a resync shares disks and link with the application.
 *
 * @param minBytesPerSecond the floor: so fast it may go whatever the application feels; at least 1
 * @param maxBytesPerSecond the ceiling; 0 for none
 * @param latencyPercent how long requests may take on average while a resync runs, of what they
 *     take while none does; more than 100
 * @param latencyGoalNs so long they may take in any case
 */
public record PaceSettings(
        long minBytesPerSecond, long maxBytesPerSecond, int latencyPercent, long latencyGoalNs) {

    /** Checks the numbers. */
    public PaceSettings {
        boolean ceilingFits = maxBytesPerSecond == 0 || maxBytesPerSecond >= minBytesPerSecond;
        if (minBytesPerSecond < 1 || !ceilingFits || latencyPercent <= 100 || latencyGoalNs < 0) {
            throw new IllegalArgumentException(
                    "pace " + minBytesPerSecond + " " + maxBytesPerSecond + " " + latencyPercent);
        }
    }

    /** A floor of 4 MiB/s, no ceiling, requests take at most a quarter longer. */
    public static PaceSettings defaults() {
        return new PaceSettings(4L << 20, 0, 125, 0);
    }
}
