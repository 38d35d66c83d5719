package dev.rhizome.transport.peer;

import org.jspecify.annotations.Nullable;

/** A certificate or key that cannot be used; the message is one line with the path and the cure. */
public final class TlsSetupException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param message what is wrong, where, and what to do
     * @param cause what told us, if anything did
     */
    public TlsSetupException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
