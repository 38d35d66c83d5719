package dev.rhizome.pki;

/** A certificate or a key cannot be made, read or written; the message says what to do. */
public final class PkiException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one line for a person
     */
    public PkiException(String message) {
        super(message);
    }

    /**
     * @param message one line for a person
     * @param cause what lies below
     */
    public PkiException(String message, Throwable cause) {
        super(message, cause);
    }
}
