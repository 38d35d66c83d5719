package dev.rhizome.core.policy;

/**
 * {@code after-sb-0pri}: who gives way after a split brain while neither node is Primary. DRBD's
 * {@code discard-local} and {@code discard-remote} are left out: they would need different files on
 * the two nodes.
 */
public enum AfterSplitBrain0Pri implements Policy {
    /** Nobody: the nodes part until an operator decides. */
    DISCONNECT,
    /** The node that became Primary while it was alone. */
    DISCARD_YOUNGER_PRIMARY,
    /** The node that was Primary before they parted. */
    DISCARD_OLDER_PRIMARY,
    /** The node that has changed nothing; nobody if both have. */
    DISCARD_ZERO_CHANGES,
    /** The node that has changed fewer blocks. */
    DISCARD_LEAST_CHANGES
}
