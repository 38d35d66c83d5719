package dev.rhizome.core.generation;

import dev.rhizome.core.metadata.MetadataKeeper;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import java.util.function.LongSupplier;

/**
 * Whether it is durably on record that the peer lacks what this node writes without it (INV-09). As
 * long as the peer may hold this node's current generation, a write that it does not get needs a
 * new one first.
 */
public final class Cover {
    private final MetadataKeeper metadata;
    private final LongSupplier wallClockMs;
    private boolean peerMayHaveCurrent;
    private long coverSequence;

    /**
     * @param metadata where generations are kept
     * @param wallClockMs for the record of when this node went on alone
     */
    public Cover(MetadataKeeper metadata, LongSupplier wallClockMs) {
        this.metadata = metadata;
        this.wallClockMs = wallClockMs;
        this.peerMayHaveCurrent = !metadata.superblock().has(Flag.PEER_OUTDATED);
    }

    /** Whether the peer may have all the data of the current generation. */
    public boolean peerMayHaveIt() {
        return peerMayHaveCurrent;
    }

    /** The peer has, or may have, all the data of the current generation. */
    public void peerMayHaveCurrent() {
        peerMayHaveCurrent = true;
    }

    /** The peer's own metadata says, durably, that its data is not of the current generation. */
    public void peerIsBehind() {
        peerMayHaveCurrent = false;
        metadata.update(Flag.PEER_OUTDATED, true);
    }

    /**
     * Declares this node's data a generation of its own, whatever the peer has.
     *
     * @param flagged the superblock, with what goes with it
     * @return the sequence number that makes it durable
     */
    public long declareNew(Superblock flagged) {
        long fresh = metadata.freshGeneration();
        coverSequence =
                metadata.update(
                        flagged.with(Flag.PEER_OUTDATED, true)
                                .with(flagged.generations().bump(fresh))
                                .with(flagged.tenure().alone(wallClockMs.getAsLong())));
        peerMayHaveCurrent = false;
        return coverSequence;
    }

    /** A write went without the peer: see to it that the generations say so. */
    public void demand() {
        if (peerMayHaveCurrent && metadata.usable()) {
            declareNew(metadata.superblock());
        }
    }

    /** Whether a write that the peer lacks may be acknowledged. */
    public boolean ready() {
        return !peerMayHaveCurrent && metadata.usable() && metadata.durable(coverSequence);
    }
}
