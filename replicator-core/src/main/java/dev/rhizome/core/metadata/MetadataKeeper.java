package dev.rhizome.core.metadata;

import dev.rhizome.core.Effects;
import dev.rhizome.core.Invariant;
import dev.rhizome.core.generation.GenerationSource;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Superblock.Flag;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The superblock in memory and its way to the disk: one write at a time (INV-08), into the slot
 * that does not hold the newest durable one. A change is a wish with a sequence number; whoever
 * depends on it asks whether that number is durable.
 */
public final class MetadataKeeper {
    private final Effects effects;
    private final GenerationSource source;
    private final ByteBuffer image =
            ByteBuffer.allocate(SuperblockCodec.BYTES).order(ByteOrder.BIG_ENDIAN);
    private Superblock wanted;
    private Superblock writing;
    private Superblock durable;
    private long durableSequence;
    private long sequenceInFlight;
    private boolean dirty;
    private boolean usable;

    /**
     * @param effects where writes go
     * @param source fresh generation identifiers
     * @param attached what the disk holds
     * @param usable whether there is a disk to write to
     */
    public MetadataKeeper(
            Effects effects, GenerationSource source, Superblock attached, boolean usable) {
        this.effects = effects;
        this.source = source;
        this.wanted = attached;
        this.writing = attached;
        this.durable = attached;
        this.durableSequence = attached.sequence();
        this.usable = usable;
    }

    /** The superblock as it shall be. */
    public Superblock superblock() {
        return wanted;
    }

    /** The generations as they shall be. */
    public Generations generations() {
        return wanted.generations();
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

    private boolean sameContent(Superblock changed) {
        return changed.flags() == wanted.flags()
                && changed.generations().equals(wanted.generations());
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

    /** Starts the next write if one is wanted and none is under way. */
    public void progress() {
        if (!dirty || sequenceInFlight != 0 || !usable) {
            return;
        }
        sequenceInFlight = durableSequence + 1;
        dirty = false;
        wanted = wanted.withSequence(sequenceInFlight);
        writing = wanted;
        SuperblockCodec.encode(wanted, image);
        effects.writeMetadata(sequenceInFlight, (int) (sequenceInFlight & 1), image);
    }

    /**
     * A write has ended.
     *
     * @return whether it succeeded; if not, the disk must be detached
     */
    public boolean onDone(long token, boolean succeeded) {
        Invariant.check(token == sequenceInFlight, "INV-08", "an answer to no metadata write");
        sequenceInFlight = 0;
        if (succeeded) {
            durableSequence = token;
            durable = writing;
        } else {
            abandon();
        }
        return succeeded;
    }

    /** The disk is gone: nothing will become durable any more. */
    public void abandon() {
        usable = false;
        dirty = false;
    }
}
