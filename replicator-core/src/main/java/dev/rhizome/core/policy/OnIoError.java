package dev.rhizome.core.policy;

/**
 * {@code on-io-error}: what a failed write of the local disk leads to while the peer has the same
 * data. A node's own affair: it need not be the same on both.
 */
public enum OnIoError implements Policy {
    /** The client is told; the disk, which lacks the write, is let go after that. */
    PASS_ON(0, "pass-on"),
    /** The handler {@code local-io-error} is called, and the disk let go. */
    CALL_LOCAL_IO_ERROR(1, "call-local-io-error"),
    /** The disk is let go, and the node goes on through its peer: no client notices. */
    DETACH(2, "detach");

    private final int code;
    private final String label;

    OnIoError(int code, String label) {
        this.code = code;
        this.label = label;
    }

    @Override
    public int code() {
        return code;
    }

    @Override
    public String label() {
        return label;
    }
}
