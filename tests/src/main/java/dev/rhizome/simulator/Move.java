package dev.rhizome.simulator;

import java.util.Locale;

/** What an exhaustive run's script can do next. */
enum Move {
    WRITE_A,
    WRITE_B,
    FLUSH,
    CUT_LINK,
    /** What keeps the two apart ends, and who has left its peer is told to connect. */
    CONNECT,
    CRASH_PRIMARY,
    CRASH_SECONDARY,
    /** Only where a manager that fences could: nobody is Primary, and nothing is lost by it. */
    PROMOTE,
    DEMOTE;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
