package dev.rhizome.device;

/** A block device cannot be had; the message is one line that says what to do. */
public class DeviceException extends Exception {
    private static final long serialVersionUID = 1L;

    /** With a line for a person. */
    public DeviceException(String message) {
        super(message);
    }
}
