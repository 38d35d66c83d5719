package dev.rhizome.core.policy;

/**
 * {@code rr-conflict}: what happens when a Primary would have to become SyncTarget. DRBD's {@code
 * violently} and {@code auto-discard} are left out: a Primary's clients would be shown older data,
 * or newer data would be thrown away unasked.
 */
public enum RoleConflict implements Policy {
    /** The nodes part until an operator decides. */
    DISCONNECT,
    /** The nodes try again until the roles fit. */
    RETRY_CONNECT,
    /** The Primary is demoted, and the nodes connect again. */
    CALL_PRI_LOST
}
