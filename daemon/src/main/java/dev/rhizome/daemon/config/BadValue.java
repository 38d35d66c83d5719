package dev.rhizome.daemon.config;

/** A value is not of its option's type or range. */
final class BadValue extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param message goes on from "OPTION: "
     */
    BadValue(String message) {
        super(message, null, false, false);
    }
}
