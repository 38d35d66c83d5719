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
    /** Leave the peer alone. */
    DISCONNECT,
    /** End in order. */
    SHUTDOWN
}
