package dev.rhizome.replicator;

import dev.rhizome.core.resync.SyncLimit;
import dev.rhizome.core.resync.SyncView;

/**
 * How far a resync is.
 *
 * @param totalBytes what there is to copy in this resync
 * @param doneBytes what has been copied
 * @param bytesPerSecond the rate of the last seconds; 0 at the start
 * @param secondsLeft the estimate, or -1 if there is none yet
 * @param limit what keeps it from going faster, as {@link dev.rhizome.core.resync.SyncLimit} names
 *     it
 * @param wantedBytesPerSecond the rate that the source allows; 0 if there is no limit
 */
public record ResyncProgress(
        long totalBytes,
        long doneBytes,
        long bytesPerSecond,
        long secondsLeft,
        String limit,
        long wantedBytesPerSecond) {

    /** Nothing limits it. */
    public ResyncProgress(long totalBytes, long doneBytes, long bytesPerSecond, long secondsLeft) {
        this(totalBytes, doneBytes, bytesPerSecond, secondsLeft, SyncLimit.NONE.label(), 0);
    }

    ResyncProgress limitedBy(SyncView view) {
        return new ResyncProgress(
                totalBytes,
                doneBytes,
                bytesPerSecond,
                secondsLeft,
                view.limit().label(),
                view.wantedBytesPerSecond());
    }
}
