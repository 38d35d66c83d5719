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
        return switch (policy) {
            case PASS_ON -> IoErrorRule.PASS_ON;
            case CALL_LOCAL_IO_ERROR -> IoErrorRule.CALL_LOCAL_IO_ERROR;
            case DETACH -> IoErrorRule.DETACH;
        };
    }
}
