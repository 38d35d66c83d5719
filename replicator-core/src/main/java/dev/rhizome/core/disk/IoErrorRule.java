package dev.rhizome.core.disk;

/** Why a failed operation of the local disk leads to what it leads to. */
public enum IoErrorRule {
    /** A read: the peer has the same, which is written back over what cannot be read. */
    READ_REPAIR("read-repair", false, false),
    /** There is no other copy to go on with: the error is the client's, and the disk stays. */
    LAST_GOOD_DISK("last-good-disk", true, false),
    /** Policy pass-on: the client is told, and the disk, which lacks the write, is let go. */
    PASS_ON("pass-on", true, true),
    /** Policy call-local-io-error: a handler is called, and the disk let go. */
    CALL_LOCAL_IO_ERROR("call-local-io-error", false, true),
    /** Policy detach: the disk is let go, and the peer's goes on. */
    DETACH("local-io-error", false, true),
    /** What a failed flush was to make durable may be lost, whatever the next one says (INV-15). */
    UNTRUSTED("flush-failed", false, true);

    private final String label;
    private final boolean clientIsTold;
    private final boolean detaches;

    IoErrorRule(String label, boolean clientIsTold, boolean detaches) {
        this.label = label;
        this.clientIsTold = clientIsTold;
        this.detaches = detaches;
    }

    /** The rule's name in logs, metrics and tests. */
    public String label() {
        return label;
    }

    /** Whether the request fails, even if the peer has done it. */
    public boolean clientIsTold() {
        return clientIsTold;
    }

    /** Whether the disk is let go. */
    public boolean detaches() {
        return detaches;
    }
}
