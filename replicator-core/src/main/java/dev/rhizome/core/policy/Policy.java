package dev.rhizome.core.policy;

import org.jspecify.annotations.Nullable;

/** One value of a policy that decides what a person would else have to. */
public interface Policy {

    /** The byte on the wire. */
    int code();

    /** DRBD's spelling, as in the configuration. */
    String label();

    /** The value with this code, or null if there is none. */
    static <P extends Policy> @Nullable P ofCode(P[] values, int code) {
        for (P value : values) {
            if (value.code() == code) {
                return value;
            }
        }
        return null;
    }
}
