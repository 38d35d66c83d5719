package dev.rhizome.daemon.watch;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import java.util.Locale;

/** How good or bad something is; screens have a colour for each. */
enum Level {
    /** As it should be. */
    GOOD,
    /** It is on its way there by itself. */
    BUSY,
    /** One more loss would hurt. */
    WARNING,
    /** It hurts now. */
    BAD,
    /** Neither good nor bad. */
    NONE;

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Level of(DiskState state) {
        return switch (state) {
            case UP_TO_DATE -> GOOD;
            case CONSISTENT, OUTDATED, INCONSISTENT -> WARNING;
            case ATTACHING, NEGOTIATING -> BUSY;
            case DISKLESS, FAILED -> BAD;
            case UNKNOWN -> NONE;
        };
    }

    static Level of(ConnectionState state) {
        return switch (state) {
            case CONNECTED -> GOOD;
            case NEGOTIATING -> BUSY;
            case CONNECTING -> WARNING;
            case STAND_ALONE -> BAD;
        };
    }

    static Level of(ReplicationState state) {
        return switch (state) {
            case ESTABLISHED -> GOOD;
            case OFF -> NONE;
            case PAUSED_SYNC_SOURCE, PAUSED_SYNC_TARGET -> WARNING;
            default -> BUSY;
        };
    }
}
