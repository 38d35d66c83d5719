package dev.rhizome.daemon;

/** The service ends, but not everything in it has ended in order. No bug: a disk, mostly. */
final class UncleanStop extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UncleanStop(String message) {
        super(message);
    }
}
