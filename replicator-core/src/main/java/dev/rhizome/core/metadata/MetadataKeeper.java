package dev.rhizome.core.metadata;

import dev.rhizome.core.generation.GenerationSource;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock.Flag;
import java.nio.ByteBuffer;

/**
 * The superblock in memory: a change is a wish with a sequence number; whoever depends on it asks
 * whether that number is durable. {@link MetadataWriter} brings it to the disk, into one slot, and
 * then into the other.
 */
public final class MetadataKeeper {
    private final GenerationSource source;
    private Superblock wanted;
    private Superblock writing;
    private Superblock durable;
    private long durableSequence;
    private long sequenceInFlight;
    private boolean dirty;
    private boolean touched;
    private long begun;
    private long ended;

    /** The slot that lacks the durable superblock; -1 if both have it. */
    private int copyTo;

    private boolean usable;

    /**
     * @param source fresh generation identifiers
     * @param attached what the disk holds
     * @param behindSlot the slot that does not hold that; -1 if both do
     */
    public MetadataKeeper(GenerationSource source, Superblock attached, int behindSlot) {
        this.copyTo = behindSlot;
        this.source = source;
        this.wanted = attached;
        this.writing = attached;
        this.durable = attached;
        this.durableSequence = attached.sequence();
        this.usable = true;
    }

    /** The superblock as it shall be. */
    public Superblock superblock() {
        return wanted;
    }

    /** The generations as they shall be. */
    public Generations generations() {
        return wanted.generations();
    }

    /** The superblock that the disk holds, whatever is wanted or on its way. */
    public Superblock durableSuperblock() {
        return durable;
    }

    /** The generations that the disk holds, whatever is wanted or on its way. */
    public Generations durableGenerations() {
        return durable.generations();
    }

    /** A fresh generation identifier. */
    public long freshGeneration() {
        return Generations.fresh(source);
    }

    /**
     * Changes the superblock.
     *
     * @return the sequence number that makes the change durable
     */
    public long update(Superblock changed) {
        if (!sameContent(changed)) {
            wanted = changed;
            dirty = true;
        }
        return dirty ? nextSequence() : Math.max(sequenceInFlight, durableSequence);
    }

    /** Sets or clears one flag. */
    public long update(Flag flag, boolean set) {
        return update(wanted.with(flag, set));
    }

    /** Changes the generations. */
    public long update(Generations changed) {
        return update(wanted.with(changed));
    }

    /**
     * Asks for a write of the superblock even if nothing has changed: then one slot is written once
     * more as it is. The answer shows that the disk is there.
     *
     * @return what to ask {@link #answered} for
     */
    public long touch() {
        touched = true;
        return begun + 1;
    }

    /** Whether a write has ended that was begun after {@link #touch} had been asked. */
    public boolean answered(long touch) {
        return ended >= touch;
    }

    private boolean sameContent(Superblock changed) {
        return changed.flags() == wanted.flags()
                && changed.volumeBytes() == wanted.volumeBytes()
                && changed.generations().equals(wanted.generations())
                && changed.tenure().equals(wanted.tenure());
    }

    private long nextSequence() {
        return Math.max(sequenceInFlight, durableSequence) + 1;
    }

    /** Whether the change with this sequence number is durable. */
    public boolean durable(long sequence) {
        return durableSequence >= sequence;
    }

    /** Whether nothing is wanted or under way. */
    public boolean idle() {
        return !dirty && sequenceInFlight == 0;
    }

    /** Whether the metadata can be written; false from the first failure on (INV-15). */
    public boolean usable() {
        return usable;
    }

    /** Whether a write is wanted and none is under way. */
    boolean wantsWrite() {
        return (dirty || copyTo >= 0 || touched) && sequenceInFlight == 0;
    }

    /**
     * Begins the next write: a change, or the second copy of the last one. There are two good
     * copies before a change is begun, so that one bad slot and one torn write lose nothing.
     *
     * @param target the slot's image, cleared and filled
     * @return the slot
     */
    int beginWrite(ByteBuffer target) {
        begun++;
        touched = false;
        if (copyTo >= 0 || !dirty) {
            int slot = copyTo >= 0 ? copyTo : (int) (~durableSequence & 1);
            copyTo = -1;
            SuperblockCodec.encode(durable, target);
            return slot;
        }
        sequenceInFlight = durableSequence + 1;
        dirty = false;
        wanted = wanted.withSequence(sequenceInFlight);
        writing = wanted;
        SuperblockCodec.encode(wanted, target);
        return (int) (sequenceInFlight & 1);
    }

    /** The write has ended well. */
    void endWrite() {
        ended = begun;
        if (sequenceInFlight != 0) {
            durableSequence = sequenceInFlight;
            sequenceInFlight = 0;
            durable = writing;
            copyTo = (int) (~durableSequence & 1);
        }
    }

    /** The write has failed: nothing will become durable any more. */
    void failWrite() {
        sequenceInFlight = 0;
        abandon();
    }

    /** The disk is gone: nothing will become durable any more. */
    public void abandon() {
        usable = false;
        dirty = false;
    }
}
