package dev.rhizome.replicator;

/** What can be asked of a volume about resyncs. */
public enum SyncCommand {
    /**
     * Begin no further blocks, in this resync or a later one, until {@link #RESUME} or the end of
     * the process.
     */
    PAUSE,
    /** Take {@link #PAUSE} back; the peer may pause, too. */
    RESUME,
    /**
     * Give this node's data up and have the peer's copied anew. A Primary needs a connected peer
     * that is UpToDate; a Secondary alone is copied to when its peer is back.
     */
    INVALIDATE,
    /** Have the connected peer give its data up and take a copy of this node's. */
    INVALIDATE_REMOTE,
    /**
     * Declare two blank, connected disks to be the same, so that nothing is copied. Whoever asks
     * vouches for it.
     */
    SKIP_FIRST_COPY
}
