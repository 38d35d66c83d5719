package dev.rhizome.core.handshake;

/** The lines of {@link HandshakeTable}, by the names that logs, metrics and tests use. */
public enum HandshakeRule {
    /** The two speak no common version of the protocol. */
    PROTOCOL_VERSION(
            "protocol-version", "no common protocol version: bring both nodes to one release"),
    /** Not the same resource, or the same node twice. */
    NAMES("names", "resource or node names do not fit: compare the configuration of both nodes"),
    /** The volumes have different sizes. */
    SIZES_DIFFER(
            "sizes-differ", "the volumes differ in size: give both backing devices the same size"),
    /** A resize was interrupted, and this node has not recorded it. */
    SIZE_BEHIND_SELF(
            "size-behind-self",
            "a resize was interrupted: this node grows to the peer's size first"),
    /** A resize was interrupted, and the peer has not recorded it. */
    SIZE_BEHIND_PEER(
            "size-behind-peer",
            "a resize was interrupted: the peer grows to this node's size first"),
    /** The disks address different units. */
    SECTORS_DIFFER(
            "sectors-differ",
            "the backing devices differ in sector size: a request of one could not be done by the"
                    + " other"),
    /** The two would not resolve a conflict alike. */
    POLICIES_DIFFER(
            "policies-differ",
            "after-sb-0pri, -1pri, -2pri or rr-conflict differ: give both nodes the same"
                    + " configuration"),
    /** Both have been told to give way. */
    DISCARD_BOTH(
            "discard-my-data-both",
            "both nodes were told to discard their data: connect one without --discard-my-data"),
    /** Both are Primary. */
    TWO_PRIMARIES("two-primaries", "both nodes are Primary: demote one and connect again"),
    /** One of them has no disk. */
    DISKLESS("diskless", "a node has no disk: nothing to copy"),
    /** A node has lost its disk, and with it newer data than its peer has. */
    DISKLESS_NEWER(
            "diskless-newer",
            "the node without a disk had newer data than its peer: bring that disk back, or go on"
                    + " with the older data on the other node"),
    /** Neither has any data yet. */
    JUST_CREATED_BOTH(
            "just-created-both", "neither node has data yet: promote one with --force to begin"),
    /** This node has no data yet. */
    JUST_CREATED_SELF("just-created-self", "this node has no data yet"),
    /** The peer has no data yet. */
    JUST_CREATED_PEER("just-created-peer", "the peer has no data yet"),
    /** The one that has data knows that it is old. */
    OUTDATED_BESIDE_BLANK(
            "outdated-beside-blank",
            "one node's data is known to be old, the other has none: promote the former with"
                    + " --force if the newer data is lost"),
    /** Same generation, and nothing happened since. */
    EQUAL("equal", "both nodes have the same data"),
    /** The peer was made the source of a resync, and this node has not heard of its start. */
    MISSED_START_SELF(
            "missed-start-self", "the peer began a resync, and this node has not heard of it"),
    /** This node was made the source of a resync, and the peer has not heard of its start. */
    MISSED_START_PEER(
            "missed-start-peer", "this node began a resync, and the peer has not heard of it"),
    /** This node was the source of a resync, and has not heard that its target finished it. */
    MISSED_FINISH_SELF(
            "missed-finish-self",
            "the peer finished a resync from this node, which has not heard of it"),
    /** The peer was the source of a resync, and has not heard that this node finished it. */
    MISSED_FINISH_PEER(
            "missed-finish-peer",
            "this node finished a resync from the peer, which has not heard of it"),
    /** This node's data is half a copy. */
    INCONSISTENT_SELF("inconsistent-self", "this node's data is incomplete, the peer's is whole"),
    /** The peer's data is half a copy. */
    INCONSISTENT_PEER("inconsistent-peer", "the peer's data is incomplete, this node's is whole"),
    /** Same generation, a crash, and one is Primary now: it serves, so it is the source. */
    CRASHED_ONE_PRIMARY(
            "crashed-one-primary", "same generation after a crash; the Primary is the source"),
    /** Same generation; this node died with writes under way, the survivor has all. */
    CRASHED_SELF("crashed-self", "this node died with writes under way; the peer has them"),
    /** Same generation; the peer died with writes under way. */
    CRASHED_PEER("crashed-peer", "the peer died with writes under way; this node has them"),
    /** Same generation; both died. */
    CRASHED_BOTH("crashed-both", "both nodes died with writes under way"),
    /** This node has what the peer started from. */
    BITMAP_PEER("bitmap-peer", "the peer went on from this node's generation"),
    /** The peer has what this node started from. */
    BITMAP_SELF("bitmap-self", "this node went on from the peer's generation"),
    /** This node has an ancestor of the peer's data. */
    HISTORY_PEER("history-peer", "this node's generation is in the peer's history"),
    /** The peer has an ancestor of this node's data. */
    HISTORY_SELF("history-self", "the peer's generation is in this node's history"),
    /** Both went on from the same generation. */
    SPLIT_BRAIN_BITMAP(
            "split-brain-bitmap",
            "split brain: both nodes went on alone from the same generation",
            Advice.DISCARD_ONE),
    /** Both went on from a common ancestor. */
    SPLIT_BRAIN_HISTORY(
            "split-brain-history",
            "split brain: both nodes went on alone from a common past",
            Advice.DISCARD_ONE),
    /** Nothing in common. */
    UNRELATED_DATA("unrelated-data", "the nodes hold unrelated data", Advice.DISCARD_ONE),
    /** This node has something to do before its data is replaced. */
    TARGET_PREPARES_SELF(
            "target-prepares-self",
            "this node's data is about to be replaced: before that is done what its configuration"
                    + " wants (keep-discarded, before-resync-target)"),
    /** The peer has. */
    TARGET_PREPARES_PEER(
            "target-prepares-peer",
            "the peer's data is about to be replaced: before that it does what its configuration"
                    + " wants (keep-discarded, before-resync-target)"),
    /** The generations make a source of a node whose data is incomplete. */
    SOURCE_INCONSISTENT(
            "source-inconsistent",
            "the node with the newer generation has incomplete data: disconnect, and promote the"
                    + " one whose data shall count with --force"),
    /** Both disks are incomplete. */
    BOTH_INCONSISTENT(
            "both-inconsistent", "both disks are incomplete: promote one with --force to go on"),
    /** The generations would overwrite a node that serves clients. */
    PRIMARY_WOULD_BE_TARGET(
            "primary-would-be-target",
            "the Primary holds older data than its peer: demote it and connect again");

    /** What to do, where several rules ask for the same. */
    private static final class Advice {
        static final String RESOURCE = "RESOURCE";
        static final String DISCARD_ONE =
                ". On the node whose changes shall be discarded, as Secondary: rhizome connect"
                        + " --discard-my-data "
                        + RESOURCE
                        + "; on the other: rhizome connect "
                        + RESOURCE;
    }

    private final String label;
    private final String cause;
    private final String advice;

    HandshakeRule(String label, String meaning) {
        this(label, meaning, "");
    }

    HandshakeRule(String label, String cause, String advice) {
        this.label = label;
        this.cause = cause;
        this.advice = advice;
    }

    /** The rule's name in logs, metrics and tests. */
    public String label() {
        return label;
    }

    /** What is so, without the advice that goes with an unresolved conflict. */
    public String cause() {
        return cause;
    }

    /**
     * One line for a person: what is so, and where it needs one, what to do.
     *
     * @param resource the resource's name, for the commands that the line may name
     */
    public String meaning(String resource) {
        return cause + advice.replace(Advice.RESOURCE, resource);
    }

    /** Whether both nodes hold changes that the other lacks: one of them loses them. */
    public boolean splitBrain() {
        return this == SPLIT_BRAIN_BITMAP || this == SPLIT_BRAIN_HISTORY || this == UNRELATED_DATA;
    }

    /** The rule's name seen from the peer. */
    public HandshakeRule mirror() {
        return switch (this) {
            case JUST_CREATED_SELF -> JUST_CREATED_PEER;
            case JUST_CREATED_PEER -> JUST_CREATED_SELF;
            case SIZE_BEHIND_SELF -> SIZE_BEHIND_PEER;
            case SIZE_BEHIND_PEER -> SIZE_BEHIND_SELF;
            case MISSED_START_SELF -> MISSED_START_PEER;
            case MISSED_START_PEER -> MISSED_START_SELF;
            case MISSED_FINISH_SELF -> MISSED_FINISH_PEER;
            case MISSED_FINISH_PEER -> MISSED_FINISH_SELF;
            case INCONSISTENT_SELF -> INCONSISTENT_PEER;
            case INCONSISTENT_PEER -> INCONSISTENT_SELF;
            case CRASHED_SELF -> CRASHED_PEER;
            case CRASHED_PEER -> CRASHED_SELF;
            case BITMAP_SELF -> BITMAP_PEER;
            case BITMAP_PEER -> BITMAP_SELF;
            case HISTORY_SELF -> HISTORY_PEER;
            case HISTORY_PEER -> HISTORY_SELF;
            case TARGET_PREPARES_SELF -> TARGET_PREPARES_PEER;
            case TARGET_PREPARES_PEER -> TARGET_PREPARES_SELF;
            default -> this;
        };
    }
}
