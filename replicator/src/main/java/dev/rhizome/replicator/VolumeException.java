package dev.rhizome.replicator;

/** A volume cannot be opened or created; the message says what, where, and what to do. */
public final class VolumeException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param message one line for a person
     */
    public VolumeException(String message) {
        super(message);
    }

    /**
     * @param message one line for a person
     * @param cause what lies below
     */
    public VolumeException(String message, Throwable cause) {
        super(message, cause);
    }
}
