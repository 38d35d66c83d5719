package dev.rhizome.replicator.witness;

/** A witness cannot be started or asked; the message says what, where, and what to do. */
public final class WitnessException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one line for a person
     */
    public WitnessException(String message) {
        super(message);
    }

    /**
     * @param message one line for a person
     * @param cause what lies below
     */
    public WitnessException(String message, Throwable cause) {
        super(message, cause);
    }
}
