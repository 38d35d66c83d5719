package dev.rhizome.core.metadata;

import dev.rhizome.core.generation.Generations;

/**
 * What a node remembers of its disk across a crash. Immutable; {@link SuperblockCodec} draws its
 * bytes.
 *
 * @param sequence which write of the superblock this is; the larger of two valid slots counts
 * @param resource the resource that the disk belongs to
 * @param volumeBytes the volume's size
 * @param flags what {@link Flag}s are set, as bits
 * @param generations the generation identifiers
 * @param tenure when this node was Primary, for people
 */
public record Superblock(
        long sequence,
        String resource,
        long volumeBytes,
        int flags,
        Generations generations,
        Tenure tenure) {

    /** Of a node of which nobody knows when it was Primary. */
    public Superblock(
            long sequence, String resource, long volumeBytes, int flags, Generations generations) {
        this(sequence, resource, volumeBytes, flags, generations, Tenure.NONE);
    }

    /** A fact about the disk, one bit each; the values are on disk. */
    public enum Flag {
        /** The data is whole: not in the middle of a resync. */
        CONSISTENT(1),
        /** It was the newest data when this was written. */
        WAS_UP_TO_DATE(2),
        /** This node is Primary; found at attach: it died as Primary. */
        PRIMARY_INDICATOR(4),
        /** Writes of the peer may be under way; found at attach: the node died as Secondary. */
        ACTIVE(8),
        /** The node died with writes under way, and no resync has settled it since. */
        CRASHED(16),
        /** With CRASHED: it died as Primary. */
        CRASHED_PRIMARY(32),
        /** An operator has declared this data the newest by force. */
        FORCED(64),
        /**
         * The peer's disk is known not to have the current generation, and cannot get it unseen.
         */
        PEER_OUTDATED(128),
        /** It became Primary while not connected, and no agreement has settled it since. */
        PROMOTED_ALONE(256),
        /** The bitmap holds blocks that an online verify has found to differ. */
        VERIFY_FOUND(512);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The bit on disk. */
        public int bit() {
            return bit;
        }
    }

    /** Fresh metadata: no data yet. */
    public static Superblock created(String resource, long volumeBytes) {
        return new Superblock(1, resource, volumeBytes, 0, Generations.justCreated());
    }

    /** Whether a flag is set. */
    public boolean has(Flag flag) {
        return (flags & flag.bit()) != 0;
    }

    /** With a flag set or not. */
    public Superblock with(Flag flag, boolean set) {
        int changed = set ? flags | flag.bit() : flags & ~flag.bit();
        return new Superblock(sequence, resource, volumeBytes, changed, generations, tenure);
    }

    /** With other generations. */
    public Superblock with(Generations changed) {
        return new Superblock(sequence, resource, volumeBytes, flags, changed, tenure);
    }

    /** With another tenure. */
    public Superblock with(Tenure changed) {
        return new Superblock(sequence, resource, volumeBytes, flags, generations, changed);
    }

    /** Of a volume of another size. */
    public Superblock withVolumeBytes(long changed) {
        return new Superblock(sequence, resource, changed, flags, generations, tenure);
    }

    /** With another sequence number. */
    public Superblock withSequence(long changed) {
        return new Superblock(changed, resource, volumeBytes, flags, generations, tenure);
    }
}
