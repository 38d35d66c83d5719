package dev.rhizome.simulator;

import java.util.Locale;

/**
 * What drives a run: the kinds of faults, and of what clients and operators ask. Every single one
 * that occurs is an {@link Incident}, and can be left out without a shift of the others.
 */
enum Cause {
    /** A process dies. */
    KILL(true, false),
    /** A machine loses power. */
    POWER_LOSS(true, false),
    /** Both machines lose power at once. */
    SITE_POWER_LOSS(true, false),
    /** A node dies between two effects of one input. */
    CRASH_BETWEEN_EFFECTS(true, false),
    /** The link breaks, and both nodes are told. */
    LINK_CUT(true, false),
    /** The link breaks, and nobody is told. */
    LINK_SILENCE(true, false),
    /** The link goes silent in one direction, or both, or not at all. */
    HALF_OPEN_LINK(true, false),
    /** A disk operation takes far too long. */
    DISK_STALL(true, true),
    /** A whole disk does not answer any more, for a while. */
    DISK_HANG(true, false),
    /** A disk operation fails. */
    DISK_ERROR(true, true),
    /** A spot of a node's metadata goes bad while the node is down. */
    METADATA_DAMAGE(true, true),
    /** A sector of a disk goes bad, and nobody is told. */
    SILENT_CORRUPTION(true, false),
    /** An operator gives a command that nobody needs. */
    MEDDLING(true, false),
    /** Commands do not reach a node, or neither. */
    OPERATOR_LINK_CUT(true, false),
    /** The cluster manager gives a command. */
    COMMAND(false, false),
    /** Somebody has the disks compared, or what was found copied. */
    VERIFY(false, false),
    /** A client asks for something. */
    REQUEST(false, true);

    private final boolean fault;
    private final boolean perSide;
    private final String label;

    Cause(boolean fault, boolean perSide) {
        this.fault = fault;
        this.perSide = perSide;
        this.label = name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether it is trouble, rather than work. */
    boolean fault() {
        return fault;
    }

    /** Whether each node has its own count of them. */
    boolean perSide() {
        return perSide;
    }

    /** Its name in summaries and replay files. */
    String label() {
        return label;
    }

    /** By its label; null if there is none. */
    static @org.jspecify.annotations.Nullable Cause labelled(String label) {
        for (Cause cause : values()) {
            if (cause.label.equals(label)) {
                return cause;
            }
        }
        return null;
    }
}
