package dev.rhizome.core.command;

/** What an operator can ask of a replica. */
public enum CommandKind {
    /** Become Primary. */
    PROMOTE,
    /** Become Primary; the local data counts. */
    PROMOTE_FORCE,
    /** Become Secondary. */
    DEMOTE,
    /** Try to reach the peer. */
    CONNECT,
    /** The same; should the data be in conflict with the peer's, this node's is given up. */
    CONNECT_DISCARD_MY_DATA,
    /** Only find out what a handshake would decide. */
    CONNECT_TENTATIVE,
    /** Leave the peer alone. */
    DISCONNECT,
    /** Make the volume larger. */
    RESIZE,
    /** End in order. */
    SHUTDOWN
}
