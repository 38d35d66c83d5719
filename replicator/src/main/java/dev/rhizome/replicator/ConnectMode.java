package dev.rhizome.replicator;

/** What a connection is tried for. */
public enum ConnectMode {
    /** To mirror. */
    NORMAL,
    /**
     * To mirror; should the data be in conflict with the peer's (split brain, unrelated data), this
     * node's is given up. Refused on a Primary. The word holds until the nodes agree, or part.
     */
    DISCARD_MY_DATA,
    /**
     * Only to find out what a handshake would decide: the command's reason says it. Nothing durable
     * is changed, and the node is StandAlone afterwards.
     */
    TENTATIVE
}
