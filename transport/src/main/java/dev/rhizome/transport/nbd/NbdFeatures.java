package dev.rhizome.transport.nbd;

/**
 * What a connection's client has negotiated for its transmission.
 *
 * @param structured replies are structured
 * @param blockStatus the context "base:allocation" is selected, so that BLOCK_STATUS may be asked
 */
record NbdFeatures(boolean structured, boolean blockStatus) {
    /** What a client gets that negotiates nothing. */
    static final NbdFeatures NONE = new NbdFeatures(false, false);
}
