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
    /** Writes of the superblock are reported as done before they are. */
    REPORT_METADATA_EARLY,
    /** Transactions of the activity log are reported as done before they are. */
    REPORT_LOG_EARLY,
    /** What the peer may lack is not marked as different. */
    FORGET_DIFFERENCES,
    /** What the peer has acknowledged but not flushed is not marked as different. */
    FORGET_UNFLUSHED,
    /** Bits are cleared as soon as a block is on its way. */
    NEVER_REMEMBER_BITS,
    /** A SyncTarget does not tell what it knows to differ. */
    SILENT_TARGET,
    /** Client requests, resync blocks and the peer's requests do not wait for one another. */
    NO_RANGE_LOCK,
    /** At the start, whole data is taken for the newest. */
    CLAIM_UP_TO_DATE,
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
    LEAK_PAYLOAD,
    /** Clients of before are called gone, and are not. */
    KEEP_OLD_CLIENTS,
    /** Clients of before go on, whatever has happened meanwhile. */
    LET_CLIENTS_GO_ON,
    /** What a disk that was let go still works on is reported as ended. */
    RELEASE_BUSY_DISK,
    /** A disk that is attached to a running node is taken for the peer's equal. */
    ATTACH_AS_CURRENT,
    /** What the peer sends to mend a block that cannot be read is not what it has. */
    GARBLE_REPAIR,
    /** A verify does not wait for changes that are under way, nor they for it. */
    VERIFY_WITHOUT_LOCK,
    /** All blocks have the same digest. */
    SAME_DIGESTS,
    /** Whoever is asked to compare says that all is the same. */
    CALL_ALL_THE_SAME,
    /** What a verify has found is not marked as different. */
    FORGET_FOUND,
    /** A node says that its disk has answered before it has. */
    CLAIM_READY,
    /** A frame that the link's end has cut off is taken for whole. */
    TAKE_PARTIAL_FRAMES,
    /** The pace of a resync lets nothing pass. */
    STARVE_RESYNC,
    /** A peer that resumes resyncs is not heard. */
    FORGET_RESUME,
    /** A node that gives its data up reports that as durable without writing it. */
    FORGET_INVALIDATION,
    /** Blank disks that differ are declared the same. */
    SKIP_FIRST_COPY,
    /** What is new of a larger volume is called zero, and is not. */
    SKIP_GROWTH_ZERO,
    /** The peer says that it has recorded a larger size, and has not. */
    CLAIM_GROWTH,
    /** The handler says that it has fenced the peer, and has not. */
    FENCE_BY_WORD,
    /** The cluster manager forgets who must not be promoted when one of the nodes dies. */
    FORGET_BAN,
    /** What keeps the peer from being promoted is taken away at once. */
    UNFENCE_EARLY,
    /** The witness lets everybody go on. */
    GRANT_TO_ALL,
    /** The witness forgets what it has granted when it dies. */
    FORGET_GRANTS,
    /** A node gives its right to go on alone back while it makes use of it. */
    RELEASE_AT_ONCE,
    /** A node asks the witness with a generation that nobody has. */
    ASK_WITH_FRESH_GENERATION,
    /** Clients go on before the peer is fenced. */
    THAW_UNFENCED,
    /** What is about to be discarded is said to be kept, and is not. */
    FORGET_DISCARDED
}
