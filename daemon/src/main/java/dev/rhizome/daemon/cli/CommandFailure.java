package dev.rhizome.daemon.cli;

/** A command ends here, with one line for a person and an exit code. */
final class CommandFailure extends Exception {
    private static final long serialVersionUID = 1L;
    private final int exitCode;

    CommandFailure(int exitCode, String message) {
        super(message, null, false, false);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
