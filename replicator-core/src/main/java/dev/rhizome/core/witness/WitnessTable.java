package dev.rhizome.core.witness;

import org.jspecify.annotations.Nullable;

/**
 * Who gets the right to go on alone: a pure function, first match wins.
 *
 * <p>A generation belongs to the node that it was first granted to, until that node releases it. So
 * two nodes never go on alone from the same data. A node with a newer generation may have the right
 * although a release was lost: generations are drawn at random, so it has that one only because it
 * has been in step with whoever made it, or has made it itself.
 */
final class WitnessTable {

    private WitnessTable() {}

    /**
     * Decides a grant.
     *
     * @param own what the asker has been granted of the resource
     * @param against another node's holding that covers the generation
     * @param others whether any other node holds something of the resource
     * @param full whether there is no room for one more holding
     */
    static WitnessRule grant(
            WitnessRequest request,
            @Nullable Holding own,
            @Nullable Holding against,
            boolean others,
            boolean full) {
        if (against != null) {
            return against.generations().contains(request.generation())
                    ? WitnessRule.HELD
                    : WitnessRule.HELD_UNCOUNTED;
        }
        if (own != null) {
            if (late(request, own)) {
                return WitnessRule.LATE_ASK;
            }
            return own.generations().contains(request.generation())
                    ? WitnessRule.REPEATED
                    : WitnessRule.FURTHER;
        }
        if (full) {
            return WitnessRule.FULL;
        }
        return others ? WitnessRule.NEWER : WitnessRule.FREE;
    }

    /**
     * Decides a release.
     *
     * @param own what the asker has been granted of the resource
     */
    static WitnessRule release(WitnessRequest request, @Nullable Holding own) {
        if (own == null) {
            return WitnessRule.NOT_HOLDER;
        }
        if (own.session() != request.session()) {
            return WitnessRule.OTHER_SESSION;
        }
        return late(request, own) ? WitnessRule.LATE_RELEASE : WitnessRule.RELEASED;
    }

    /** Sessions are not in any order; numbers within one are. */
    private static boolean late(WitnessRequest request, Holding own) {
        return own.session() == request.session()
                && Long.compareUnsigned(request.ask(), own.ask()) < 0;
    }
}
