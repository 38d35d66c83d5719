package dev.rhizome.core.metadata;

import dev.rhizome.core.metadata.SuperblockCodec.Decoded;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Chooses between the two slots of the superblock (INV-08). */
public final class SuperblockSlots {

    private SuperblockSlots() {}

    /**
     * What the two slots say together.
     *
     * @param superblock the newer of the valid ones; null if there is none
     * @param warning one slot is damaged, and which; empty if both are sound
     * @param problem why there is no superblock, and what to do; empty if there is one
     * @param behindSlot the slot that does not hold that superblock, damaged or older; -1 if both
     *     do
     * @param foreign neither slot holds any trace of Rhizome metadata
     */
    public record Choice(
            @Nullable Superblock superblock,
            String warning,
            String problem,
            int behindSlot,
            boolean foreign) {
        static Choice none(String problem, boolean foreign) {
            return new Choice(null, "", problem, -1, foreign);
        }
    }

    /**
     * Reads both slots.
     *
     * @param first slot 0, 4096 bytes
     * @param second slot 1, 4096 bytes
     */
    public static Choice choose(ByteBuffer first, ByteBuffer second) {
        Decoded a = SuperblockCodec.decode(first);
        Decoded b = SuperblockCodec.decode(second);
        if (a.tooNew() || b.tooNew()) {
            return Choice.none(a.tooNew() ? a.problem() : b.problem(), false);
        }
        Superblock inA = a.superblock();
        Superblock inB = b.superblock();
        if (inA != null && inB != null) {
            boolean firstIsNewer = Long.compareUnsigned(inA.sequence(), inB.sequence()) >= 0;
            int behind = inA.equals(inB) ? -1 : firstIsNewer ? 1 : 0;
            return new Choice(firstIsNewer ? inA : inB, "", "", behind, false);
        }
        if (inA != null) {
            return new Choice(
                    inA, "metadata slot 1: " + b.problem() + "; using slot 0", "", 1, false);
        }
        if (inB != null) {
            return new Choice(
                    inB, "metadata slot 0: " + a.problem() + "; using slot 1", "", 0, false);
        }
        if (a.foreign() && b.foreign()) {
            return Choice.none("no Rhizome metadata", true);
        }
        return Choice.none(
                "both metadata slots are unusable (slot 0: "
                        + a.problem()
                        + "; slot 1: "
                        + b.problem()
                        + ")",
                false);
    }
}
