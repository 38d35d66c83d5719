package dev.rhizome.core.dump;

/** A line of a dump is not what it must be. */
public final class DumpException extends Exception {
    private static final long serialVersionUID = 1L;
    private final long line;

    DumpException(long line, String message) {
        super(message, null, false, false);
        this.line = line;
    }

    /** Which line, from 1. */
    public long line() {
        return line;
    }
}
