package dev.rhizome.core.policy;

/** Before what a node wants to do something while its data is still what it was. */
public enum Preparation {
    /** Nothing: its data may be replaced at once. */
    NONE,
    /** Before changes that it alone has are discarded, after a split brain. */
    OF_DISCARDED,
    /** Before any whole data of its own is replaced. */
    OF_ALL
}
