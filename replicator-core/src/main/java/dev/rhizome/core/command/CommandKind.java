package dev.rhizome.core.command;

/** What an operator can ask of a replica. */
public enum CommandKind {
    /** Become Primary. */
    PROMOTE,
    /** Become Primary; the local data counts. */
    PROMOTE_FORCE,
    /** Become Secondary. */
    DEMOTE,
    /** The same, also while clients wait: what waits fails. */
    DEMOTE_FORCE,
    /** Try to reach the peer. */
    CONNECT,
    /** The same; should the data be in conflict with the peer's, this node's is given up. */
    CONNECT_DISCARD_MY_DATA,
    /** Only find out what a handshake would decide. */
    CONNECT_TENTATIVE,
    /** Leave the peer alone. */
    DISCONNECT,
    /** Let the local disk go. */
    DETACH,
    /** The same, at any price, and without waiting for it. */
    DETACH_FORCE,
    /** Begin no further blocks of a resync. */
    PAUSE_SYNC,
    /** Do not pause any more. */
    RESUME_SYNC,
    /** Give this node's data up, and take a copy of the peer's. */
    INVALIDATE,
    /** Have the peer give its data up, and take a copy of this node's. */
    INVALIDATE_REMOTE,
    /** Declare two blank disks to be the same. */
    NEW_GENERATION,
    /** Make the volume larger. */
    RESIZE,
    /** Have clients wait. */
    SUSPEND_IO,
    /** Have them go on, whatever they wait for. */
    RESUME_IO,
    /** Take this node's data for old: the peer may have newer. */
    OUTDATE,
    /** End in order. */
    SHUTDOWN
}
