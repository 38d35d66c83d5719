package dev.rhizome.core.request;

import org.jspecify.annotations.Nullable;

/** How an I/O ended. The code is on the wire and in metrics; new ones are added at the end. */
public enum IoStatus {
    /** Done. */
    OK(0, "done"),
    /** The disk, or both disks, failed the request. */
    IO_ERROR(1, "input/output error"),
    /** The backing file system has no room left. */
    NO_SPACE(2, "no space left on the backing device"),
    /** The node is not Primary; only a Primary serves clients. */
    NOT_PRIMARY(3, "this node is not Primary"),
    /** The range, alignment, size or flags are not what the volume allows. */
    INVALID(4, "invalid request"),
    /** No up-to-date data can be reached: the local disk and the peer's are both unusable. */
    NO_DATA(5, "no up-to-date data can be reached"),
    /** The volume is being closed. */
    SHUTTING_DOWN(6, "the volume is being closed"),
    /** All request slots are taken; try again when one is free. */
    BUSY(7, "too many requests in flight"),
    /** A resync block that overlaps a change under way: read it again and send it once more. */
    OVERTAKEN(8, "a change has overtaken the block");

    private static final IoStatus[] ALL = values();

    private final int code;
    private final String meaning;

    IoStatus(int code, String meaning) {
        if (code != ordinal()) {
            throw new IllegalArgumentException("code " + code + " of " + name());
        }
        this.code = code;
        this.meaning = meaning;
    }

    /** The stable code. */
    public int code() {
        return code;
    }

    /** For a person. */
    public String meaning() {
        return meaning;
    }

    /** The status of a code, or null if this version knows no such code. */
    public static @Nullable IoStatus ofCode(int code) {
        return code >= 0 && code < ALL.length ? ALL[code] : null;
    }
}
