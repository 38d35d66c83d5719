package dev.rhizome.simulator;

/** Bugs that are planted on purpose, to prove that the checkers find what they should. */
public enum Sabotage {
    /** None. */
    NONE,
    /** The Primary takes the peer's acknowledgement for granted. */
    ACKNOWLEDGE_BEFORE_PEER,
    /** Writes of the superblock are reported as done and thrown away. */
    DROP_METADATA_WRITES,
    /** Transactions of the activity log are reported as done and thrown away. */
    DROP_LOG_WRITES,
    /** Pages of the bitmap are reported as durable and thrown away. */
    DROP_BITMAP_WRITES,
    /** After a crash the active extents are not taken for different. */
    FORGET_ACTIVE_EXTENTS,
    /** The peer answers a flush without flushing. */
    PEER_SKIPS_FLUSH,
    /** FUA is not honoured by the disk. */
    IGNORE_FUA,
    /** When the link goes down, the peer's I/O that is under way is taken for ended. */
    NO_DRAIN,
    /** The marks of a crash are wiped off at the start. */
    FORGET_CRASH,
    /** All metadata writes go to one slot. */
    ONE_METADATA_SLOT,
    /** A failed write is reported as done. */
    SWALLOW_ERRORS,
    /** "Fresh" generations are the same on both nodes. */
    REUSE_GENERATIONS,
    /** A resync zero is acknowledged but not applied. */
    SKIP_SYNC_ZERO,
    /** A trim never reaches the peer's disk. */
    PEER_SKIPS_TRIM,
    /** A payload of a mirrored write is not released. */
    LEAK_PAYLOAD
}
