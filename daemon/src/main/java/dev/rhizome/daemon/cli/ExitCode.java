package dev.rhizome.daemon.cli;

/** What the command's exit codes mean; they are part of its interface. */
final class ExitCode {
    static final int OK = 0;

    /** A check has found damage. */
    static final int DAMAGED = 1;

    /** The command line is wrong. */
    static final int USAGE = 2;

    /** What was waited for is not so, and the time is over. */
    static final int NOT_YET = 5;

    /** The configuration is wrong, or does not know the node or resource. */
    static final int CONFIGURATION = 10;

    /** Refused: the state does not allow it, or a file or disk stands against it. */
    static final int REFUSED = 11;

    /** Refused: there is no up-to-date data. */
    static final int NO_UP_TO_DATE_DATA = 17;

    /** The daemon cannot be reached, did not answer, or its answer is not known. */
    static final int NO_DAEMON = 20;

    /** A bug in the command. */
    static final int BUG = 70;

    private ExitCode() {}
}
