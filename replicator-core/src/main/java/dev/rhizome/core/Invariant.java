package dev.rhizome.core;

import org.jspecify.annotations.Nullable;

/** Checks that stay on in production: a broken invariant means that our own state is wrong. */
public final class Invariant {

    private Invariant() {}

    /**
     * Checks one promise.
     *
     * @param holds whether it holds
     * @param id the promise's id (docs/invariants.md) or a short name
     * @param what what was expected, without formatting, so that the check costs nothing
     * @throws InvariantViolation if it does not hold; nobody but the process's outermost loop
     *     catches it, and that one halts
     */
    public static void check(boolean holds, String id, String what) {
        if (!holds) {
            throw new InvariantViolation(id, what);
        }
    }

    /** Like {@link #check}, for a value that must be there. */
    public static <T> T present(@Nullable T value, String id, String what) {
        if (value == null) {
            throw new InvariantViolation(id, what);
        }
        return value;
    }
}
