package dev.rhizome.core.witness;

/** Bytes that are not what they should be; the message is one line for a person. */
public final class WitnessFormatException extends Exception {
    private static final long serialVersionUID = 1L;

    WitnessFormatException(String message) {
        super(message, null, false, false);
    }
}
