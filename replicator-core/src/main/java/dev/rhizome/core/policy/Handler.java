package dev.rhizome.core.policy;

/** Programs of the operator's that the engine has called when something happens. */
public enum Handler {
    /** The local disk has failed; called before the peer hears of it, under DRBD's name. */
    LOCAL_IO_ERROR("local-io-error"),
    /** The peer is lost: it must not go on without this node. Its exit code is the answer. */
    FENCE_PEER("fence-peer"),
    /** Both nodes have the same again: the peer may go on. */
    UNFENCE_PEER("unfence-peer");

    private final String label;

    Handler(String label) {
        this.label = label;
    }

    /** The handler's name in the configuration. */
    public String label() {
        return label;
    }
}
