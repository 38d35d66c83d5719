package dev.rhizome.daemon.watch;

import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** How good or bad something is; screens have a colour for each. */
public enum Level {
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

    /**
     * The levels of all states of disks, connections and replication, by their names in a status.
     */
    private static final Map<String, Level> STATES = states();

    /** Its stable name. */
    public String label() {
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

    private static Map<String, Level> states() {
        Map<String, Level> levels = new HashMap<>();
        for (DiskState state : DiskState.values()) {
            levels.put(state.label(), of(state));
        }
        for (ConnectionState state : ConnectionState.values()) {
            levels.put(state.label(), of(state));
        }
        for (ReplicationState state : ReplicationState.values()) {
            levels.put(state.label(), of(state));
        }
        levels.put(Role.PRIMARY.label(), of(Role.PRIMARY));
        return levels;
    }

    static Level of(Role role) {
        return role == Role.PRIMARY ? GOOD : NONE;
    }

    /** Of a state or role as a status names it; none of another word. */
    public static Level ofState(String label) {
        return STATES.getOrDefault(label, NONE);
    }
}
