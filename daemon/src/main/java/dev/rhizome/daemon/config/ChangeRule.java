package dev.rhizome.daemon.config;

import dev.rhizome.daemon.config.Option.Section;
import java.util.Map;

/** What it takes for another value of an option to count on a running node. */
public enum ChangeRule {
    /** Nothing: it is taken over. */
    AT_ONCE("at-once", "takes effect at once"),
    /** Nothing: it is taken over, and counts when the nodes next talk about their data. */
    NEXT_HANDSHAKE("next-handshake", "is taken over, and counts from the next handshake on"),
    /** The resource must be closed and opened again. */
    DOWN_UP("down-up", "needs the resource down and up"),
    /** The daemon must be started again. */
    RESTART("restart", "needs the daemon started again"),
    /** Nothing on this node. */
    ELSEWHERE("elsewhere", "changes nothing on this node");

    /** Those that differ from their section's rule. */
    private static final Map<Option<?>, ChangeRule> OPTIONS =
            Map.ofEntries(
                    Map.entry(Options.DEVICE_DIRECTORY, DOWN_UP),
                    Map.entry(Options.AFTER_SB_0PRI, NEXT_HANDSHAKE),
                    Map.entry(Options.AFTER_SB_1PRI, NEXT_HANDSHAKE),
                    Map.entry(Options.AFTER_SB_2PRI, NEXT_HANDSHAKE),
                    Map.entry(Options.RR_CONFLICT, NEXT_HANDSHAKE),
                    Map.entry(Options.PING_TIMEOUT, AT_ONCE),
                    Map.entry(Options.REQUEST_TIMEOUT, AT_ONCE),
                    Map.entry(Options.C_MIN_RATE, AT_ONCE),
                    Map.entry(Options.C_MAX_RATE, AT_ONCE),
                    Map.entry(Options.C_LATENCY_PERCENT, AT_ONCE),
                    Map.entry(Options.C_LATENCY_GOAL, AT_ONCE),
                    Map.entry(Options.VERIFY_RATE, AT_ONCE),
                    Map.entry(Options.CSUMS_ALG, AT_ONCE),
                    Map.entry(Options.AL_COOL_AFTER, AT_ONCE),
                    Map.entry(Options.ON_IO_ERROR, AT_ONCE),
                    Map.entry(Options.DISK_TIMEOUT, AT_ONCE),
                    Map.entry(Options.ON_NO_DATA, AT_ONCE),
                    Map.entry(Options.WITNESS_STATE, ELSEWHERE));

    private final String label;
    private final String meaning;

    ChangeRule(String label, String meaning) {
        this.label = label;
        this.meaning = meaning;
    }

    /** The rule's name; stable. */
    public String label() {
        return label;
    }

    /** What that means, continuing a sentence about the option. */
    public String meaning() {
        return meaning;
    }

    /** The rule for an option of this node, or of no node. */
    static ChangeRule of(Option<?> option) {
        ChangeRule own = OPTIONS.get(option);
        return own == null ? of(option.section()) : own;
    }

    /** The rule for an option of the other node: only where it is reached matters here. */
    static ChangeRule ofPeer(Option<?> option) {
        return option.equals(Options.ADDRESS) ? DOWN_UP : ELSEWHERE;
    }

    private static ChangeRule of(Section section) {
        return switch (section) {
            case NODE -> RESTART;
            case HANDLERS -> AT_ONCE;
            case PKI, RESOURCE, REPLICA, NET, DISK, WITNESS -> DOWN_UP;
            case WITNESS_PKI -> ELSEWHERE;
        };
    }
}
