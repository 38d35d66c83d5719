package dev.rhizome.core.command;

import org.jspecify.annotations.Nullable;

/** What a node asks of its peer in COPY_REQUEST; the codes are on the wire. */
enum CopyWish {
    /** Copy your data to me: mine is invalidated. */
    TO_ME,
    /** Take a copy of my data: yours is invalidated. */
    TO_YOU;

    private static final CopyWish[] ALL = values();

    static @Nullable CopyWish ofCode(long code) {
        return code >= 0 && code < ALL.length ? ALL[(int) code] : null;
    }

    /** The rule by which such a copy begins. */
    String rule() {
        return this == TO_ME ? "invalidate" : "invalidate-remote";
    }
}
