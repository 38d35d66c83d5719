package dev.rhizome.core.policy;

/** Programs of the operator's that the engine has called when something happens; DRBD's names. */
public enum Handler {
    /** The local disk has failed; called before the peer hears of it. */
    LOCAL_IO_ERROR("local-io-error"),
    /** The peer is lost: it must not go on without this node. Its exit code is the answer. */
    FENCE_PEER("fence-peer"),
    /** Both nodes have the same again: the peer may go on. */
    UNFENCE_PEER("unfence-peer"),
    /** Both nodes have gone on alone, resolved or not. */
    INITIAL_SPLIT_BRAIN("initial-split-brain"),
    /** The same, and a person must choose. */
    SPLIT_BRAIN("split-brain"),
    /** A policy gives up the data of this node, which is Primary: its clients are about to end. */
    PRI_LOST_AFTER_SB("pri-lost-after-sb"),
    /** This node is Primary, and neither node has UpToDate data for its clients. */
    PRI_ON_INCON_DEGR("pri-on-incon-degr"),
    /** This node's data is about to be replaced. An exit code but 0 forbids that. */
    BEFORE_RESYNC_TARGET("before-resync-target"),
    /** This node's data has been replaced, and is the newest. */
    AFTER_RESYNC_TARGET("after-resync-target"),
    /** A verify that this node led has found blocks that differ. */
    OUT_OF_SYNC("out-of-sync");

    private final String label;

    Handler(String label) {
        this.label = label;
    }

    /** The handler's name in the configuration. */
    public String label() {
        return label;
    }
}
