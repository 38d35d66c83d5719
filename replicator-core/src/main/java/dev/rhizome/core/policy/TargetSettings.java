package dev.rhizome.core.policy;

/**
 * What a node does before its data is replaced by the peer's.
 *
 * @param asks whether an operator's program is asked first
 * @param keeps whether changes that this node alone has are kept elsewhere before they are
 *     discarded
 */
public record TargetSettings(boolean asks, boolean keeps) {

    /** Neither. */
    public static final TargetSettings NONE = new TargetSettings(false, false);
}
