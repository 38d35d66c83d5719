package dev.rhizome.core.policy;

/**
 * {@code after-sb-1pri}: who gives way after a split brain while one node is Primary. DRBD's {@code
 * violently-as0p} is left out: it would show the Primary's clients older data (INV-04).
 */
public enum AfterSplitBrain1Pri implements Policy {
    /** Nobody: the nodes part until an operator decides. */
    DISCONNECT,
    /** The Secondary, if after-sb-0pri says so, too; else nobody. */
    CONSENSUS,
    /** The Secondary. */
    DISCARD_SECONDARY,
    /** Whom after-sb-0pri names; if it is the Primary, it is demoted first. */
    CALL_PRI_LOST_AFTER_SB
}
