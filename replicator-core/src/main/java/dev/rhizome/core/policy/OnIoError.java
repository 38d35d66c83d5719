package dev.rhizome.core.policy;

/**
 * {@code on-io-error}: what a failed write of the local disk leads to while the peer has the same
 * data. A node's own affair: it need not be the same on both.
 */
public enum OnIoError implements Policy {
    /** The client is told; the disk, which lacks the write, is let go after that. */
    PASS_ON,
    /** The handler {@code local-io-error} is called, and the disk let go. */
    CALL_LOCAL_IO_ERROR,
    /** The disk is let go, and the node goes on through its peer: no client notices. */
    DETACH
}
