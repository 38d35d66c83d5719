package dev.rhizome.core.role;

/** Decides whether a node may become Primary (INV-05): a pure function, first match wins. */
public final class PromotionTable {

    private PromotionTable() {}

    /**
     * Decides.
     *
     * @param state the node, not in transition
     * @param force the operator's word that the local data counts
     */
    public static PromotionRule decide(NodeState state, boolean force) {
        if (state.role() == Role.PRIMARY) {
            return PromotionRule.ALREADY_PRIMARY;
        }
        if (state.peerRole() == Role.PRIMARY) {
            return PromotionRule.PEER_IS_PRIMARY;
        }
        if (state.diskUpToDate()) {
            return PromotionRule.UP_TO_DATE;
        }
        if (!state.diskAttached()) {
            return state.peerUpToDate() ? PromotionRule.THROUGH_PEER : PromotionRule.NO_DISK;
        }
        if (state.replication().target()) {
            return state.peerUpToDate()
                    ? PromotionRule.SYNC_TARGET_THROUGH_PEER
                    : PromotionRule.SYNC_TARGET;
        }
        if (state.peerUpToDate()) {
            return PromotionRule.PEER_HAS_DATA;
        }
        if (force) {
            return PromotionRule.FORCED;
        }
        return switch (state.disk()) {
            case CONSISTENT -> PromotionRule.CONSISTENT;
            case OUTDATED -> PromotionRule.OUTDATED;
            default -> PromotionRule.INCONSISTENT;
        };
    }
}
