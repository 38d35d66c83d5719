package dev.rhizome.core.role;

/** The lines of {@link PromotionTable}, by the names that logs, metrics and tests use. */
public enum PromotionRule {
    /** Nothing to do. */
    ALREADY_PRIMARY("already-primary", true, false, "this node is Primary already"),
    /** INV-05: never two connected Primaries. */
    PEER_IS_PRIMARY("peer-is-primary", false, false, "the peer is Primary: demote it first"),
    /** The local data is the newest. */
    UP_TO_DATE("up-to-date", true, false, "the local data is up to date"),
    /** No usable local disk, but the peer's is: the volume is served through the peer. */
    THROUGH_PEER(
            "through-peer", true, false, "no usable local disk; served through the peer's disk"),
    /** A resync is running towards this node, from a peer that has all. */
    SYNC_TARGET_THROUGH_PEER(
            "sync-target-through-peer",
            true,
            false,
            "this node is SyncTarget; until the resync is complete its readers are served through"
                    + " the peer"),
    /** A resync is running towards this node. */
    SYNC_TARGET(
            "no-up-to-date-data-sync-target",
            false,
            false,
            "this node is SyncTarget: wait until the resync is complete"),
    /** Both are connected, and the peer has what this node lacks. */
    PEER_HAS_DATA(
            "no-up-to-date-data-peer-has-it",
            false,
            false,
            "the peer's data is newer: wait until this node has it"),
    /** There is no disk. */
    NO_DISK(
            "no-up-to-date-data-diskless",
            false,
            false,
            "this node has no usable disk, and no UpToDate peer is connected: connect it, or mend"
                    + " the disk and then 'down' and 'up'"),
    /** Force: the operator says that this data is the newest. */
    FORCED("forced", true, true, "the local data was declared up to date by force"),
    /** The data is whole, but the peer may have newer. */
    CONSISTENT(
            "no-up-to-date-data-consistent",
            false,
            false,
            "the local data is Consistent, but the peer may have newer: connect the peer, or use"
                    + " --force if it is lost"),
    /** The data is known to be old. */
    OUTDATED(
            "no-up-to-date-data-outdated",
            false,
            false,
            "the local data is Outdated, the peer has newer: connect the peer, or use --force if it"
                    + " is lost"),
    /** The data is half a copy, or there is none yet. */
    INCONSISTENT(
            "no-up-to-date-data-inconsistent",
            false,
            false,
            "the local data is Inconsistent: connect an UpToDate peer and wait for the resync; on a"
                    + " new pair, use --force on the node whose data shall count");

    private final String label;
    private final boolean allowed;
    private final boolean newGeneration;
    private final String meaning;

    PromotionRule(String label, boolean allowed, boolean newGeneration, String meaning) {
        this.label = label;
        this.allowed = allowed;
        this.newGeneration = newGeneration;
        this.meaning = meaning;
    }

    /** The rule's name in logs, metrics and tests. */
    public String label() {
        return label;
    }

    /** Whether the node may become Primary. */
    public boolean allowed() {
        return allowed;
    }

    /** Whether the local data is to be declared the newest, as a new generation. */
    public boolean newGeneration() {
        return newGeneration;
    }

    /** One line for a person. */
    public String meaning() {
        return meaning;
    }
}
