package dev.rhizome.core.policy;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One value of a policy that decides what a person would else have to: a constant of an enum, named
 * as DRBD spells it. What goes over the wire is the constant's place: a new one comes last.
 */
public interface Policy {

    /** The constant's name. */
    String name();

    /** The constant's place. */
    int ordinal();

    /** The byte on the wire. */
    default int code() {
        return ordinal();
    }

    /** DRBD's spelling, as in the configuration. */
    default String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The value with this code, or null if there is none. */
    static <P extends Policy> @Nullable P ofCode(P[] values, int code) {
        return code >= 0 && code < values.length ? values[code] : null;
    }
}
