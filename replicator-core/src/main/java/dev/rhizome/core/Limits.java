package dev.rhizome.core;

/**
 * Every limit of the replicator in one place (INV-17). What a limit bounds is said here; what
 * happens at the limit is said where it is enforced.
 */
public final class Limits {

    /** The unit of the quick-sync bitmap and of resync. */
    public static final int BLOCK_BYTES = 4096;

    /** The smallest unit that a client may address. */
    public static final int MIN_SECTOR_BYTES = 512;

    /**
     * The most bytes that one read or write may carry through the engine and over the peer link.
     */
    public static final int MAX_REQUEST_BYTES = 1 << 20;

    /** The most bytes in the body of a control frame (hello, state, text of a refusal). */
    public static final int MAX_CONTROL_BODY_BYTES = 16 * 1024;

    /** Client requests that the engine holds at once; a front end waits for a free slot. */
    public static final int MAX_CLIENT_REQUESTS = 4096;

    /** Requests of the peer that a node holds at once: its client requests and its resync. */
    public static final int MAX_PEER_REQUESTS = MAX_CLIENT_REQUESTS + 256;

    /** Resync blocks in flight. */
    public static final int MAX_RESYNC_IN_FLIGHT = 16;

    /** The bytes of one resync request. */
    public static final int RESYNC_REQUEST_BYTES = 128 * 1024;

    /** The most bytes that one TRIM or ZERO may have: at most 17 extents of the activity log. */
    public static final long MAX_CHANGE_BYTES = 64L << 20;

    /** The longest node or resource name, in ASCII characters. */
    public static final int MAX_NAME_LENGTH = 63;

    /** Superseded current generations that a node remembers. */
    public static final int GENERATION_HISTORY = 8;

    /** The largest volume: 256 TiB, whose bitmap is one array of 2^30 words. */
    public static final long MAX_VOLUME_BYTES = 1L << 48;

    private Limits() {}
}
