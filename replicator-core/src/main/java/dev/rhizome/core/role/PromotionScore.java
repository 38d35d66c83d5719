package dev.rhizome.core.role;

/**
 * How well a node would do as Primary, in DRBD's measure: for cluster managers that compare nodes
 * by a number, and for people. What decides is {@link PromotionTable}, when it is asked.
 */
public final class PromotionScore {
    private static final int OWN_DISK = 10_000;
    private static final int OWN_UP_TO_DATE = 100;

    private PromotionScore() {}

    /**
     * Whether a promotion would be granted as things are, without force and without fencing the
     * peer first.
     */
    public static boolean mayPromote(NodeState state) {
        return state.role() == Role.SECONDARY
                && !state.inTransition()
                && PromotionTable.decide(state, false).allowed();
    }

    /**
     * 10,000 for a disk of its own that is not Outdated, 100 more if its data is UpToDate, 1 more
     * for each node whose data is; 0 where no UpToDate data can be reached.
     */
    public static int of(NodeState state) {
        int upToDate = (state.diskUpToDate() ? 1 : 0) + (state.peerUpToDate() ? 1 : 0);
        if (upToDate == 0) {
            return 0;
        }
        boolean ownDisk = state.diskAttached() && state.disk() != DiskState.OUTDATED;
        return (ownDisk ? OWN_DISK : 0) + (state.diskUpToDate() ? OWN_UP_TO_DATE : 0) + upToDate;
    }
}
