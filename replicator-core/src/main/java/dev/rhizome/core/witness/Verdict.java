package dev.rhizome.core.witness;

import org.jspecify.annotations.Nullable;

/** What comes of an ask, for a program. The codes are the wire's. */
public enum Verdict {
    /** No answer: nobody knows what the witness has made of it. Never on the wire. */
    UNREACHABLE(0),
    /** The asker has the right to go on alone on its generation. */
    GRANTED(1),
    /** Another node has it. */
    HELD(2),
    /** Neither granted nor held: the reason says why. */
    REFUSED(3),
    /** The asker has given up what it was granted. */
    RELEASED(4),
    /** There was nothing that this release could give up. */
    NOT_HELD(5),
    /** A list of what is granted. */
    LISTED(6);

    private final int code;

    Verdict(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** The verdict of a decision's code, or null. */
    static @Nullable Verdict ofDecision(int code) {
        for (Verdict verdict : values()) {
            if (verdict.code == code && verdict != UNREACHABLE && verdict != LISTED) {
                return verdict;
            }
        }
        return null;
    }
}
