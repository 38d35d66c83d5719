package dev.rhizome.core.disk;

import dev.rhizome.core.policy.OnIoError;

/**
 * What a node does about a local disk that fails.
 *
 * @param onIoError what a failed write leads to
 * @param timeoutNs how long an operation may take before the disk is given up; 0 for ever
 */
public record DiskPolicy(OnIoError onIoError, long timeoutNs) {

    /** A disk that fails is let go, one that hangs after 20 s. */
    public static DiskPolicy defaults() {
        return new DiskPolicy(OnIoError.DETACH, 20_000_000_000L);
    }
}
