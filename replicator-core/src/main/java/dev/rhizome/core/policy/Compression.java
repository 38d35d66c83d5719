package dev.rhizome.core.policy;

import java.util.Locale;

/** Whether volume data is compressed on its way to the peer. */
public enum Compression {
    /** While the link is slower than the compressor, and the data shrinks. */
    AUTO,
    /** All data that shrinks. */
    ALWAYS,
    /** None, in either direction: the peer is told so. */
    NEVER;

    /** As in the configuration. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
