package dev.rhizome.core.disk;

import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.request.Operation;

/**
 * What a failed operation of the local disk leads to. Pure and total; the policy counts only where
 * it is safe: a disk that nothing can stand in for is never let go because of a bad spot.
 */
public final class IoErrorTable {

    private IoErrorTable() {}

    /**
     * Decides.
     *
     * @param operation what has failed
     * @param elsewhere whether a connected peer has the same data, UpToDate, and can go on with it
     * @param policy what the operator wants of a failed write
     */
    public static IoErrorRule decide(Operation operation, boolean elsewhere, OnIoError policy) {
        if (operation == Operation.FLUSH) {
            return IoErrorRule.UNTRUSTED;
        }
        if (!elsewhere) {
            return IoErrorRule.LAST_GOOD_DISK;
        }
        if (operation == Operation.READ) {
            return IoErrorRule.READ_REPAIR;
        }
        return onFailedChange(policy);
    }

    /**
     * Decides for what the peer has asked of a Secondary's disk: a mirror that lacks a change is no
     * copy any more, whatever the policy; but what serves a Primary without a disk stays.
     *
     * @param read whether it is a read of the peer's, which has nothing else to read from
     * @param flush whether it is a flush
     * @param serves whether the peer is a Primary without a disk
     */
    public static IoErrorRule decideForPeer(
            boolean read, boolean flush, boolean serves, OnIoError policy) {
        if (flush) {
            return IoErrorRule.UNTRUSTED;
        }
        if (read || serves) {
            return IoErrorRule.LAST_GOOD_DISK;
        }
        return policy == OnIoError.PASS_ON ? IoErrorRule.DETACH : onFailedChange(policy);
    }

    private static IoErrorRule onFailedChange(OnIoError policy) {
        return switch (policy) {
            case PASS_ON -> IoErrorRule.PASS_ON;
            case CALL_LOCAL_IO_ERROR -> IoErrorRule.CALL_LOCAL_IO_ERROR;
            case DETACH -> IoErrorRule.DETACH;
        };
    }
}
