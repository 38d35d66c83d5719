package dev.rhizome.core.policy;

/**
 * {@code after-sb-2pri}: who gives way after a split brain while both nodes are Primary. DRBD's
 * {@code violently-as0p} is left out: it would show a Primary's clients older data (INV-04).
 */
public enum AfterSplitBrain2Pri implements Policy {
    /** Nobody: the nodes part until an operator decides. */
    DISCONNECT,
    /** Whom after-sb-0pri names: it is demoted first. */
    CALL_PRI_LOST_AFTER_SB
}
