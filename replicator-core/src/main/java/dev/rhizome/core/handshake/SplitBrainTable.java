package dev.rhizome.core.handshake;

import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.wire.Hello;

/**
 * Who gives way where both nodes have data that the other lacks: whom an operator has told to, else
 * whom the policies name, else nobody. Both nodes have the same policies, and look at the same
 * facts, so they decide alike. A Primary never gives way while it is one.
 *
 * <p>An operator's word goes before the policies: whoever says that a node's data is to be
 * discarded would be surprised to see the other's go. The policies only decide where both went on
 * from the same generation: only then do the bitmaps tell what each has changed since. (That is
 * DRBD's {@code always-asbp no}.)
 */
final class SplitBrainTable {

    /** Who gives way. */
    private enum Loser {
        NOBODY,
        SELF,
        PEER;

        static Loser selfIf(boolean selfLoses) {
            return selfLoses ? SELF : PEER;
        }
    }

    private record Answer(Loser loser, Resolution resolution) {
        static final Answer OPEN = new Answer(Loser.NOBODY, Resolution.NONE);
    }

    private SplitBrainTable() {}

    /** The decision as it was, unless it is a conflict that is resolved. */
    static Decision resolve(Hello self, Hello peer, Decision decision) {
        HandshakeRule rule = decision.rule();
        boolean sameStart = rule == HandshakeRule.SPLIT_BRAIN_BITMAP;
        boolean conflict =
                sameStart
                        || rule == HandshakeRule.SPLIT_BRAIN_HISTORY
                        || rule == HandshakeRule.UNRELATED_DATA;
        if (!conflict) {
            return decision;
        }
        Answer said = byOperator(self, peer);
        if (said.loser() == Loser.NOBODY && sameStart && self.whole() && peer.whole()) {
            said = byPolicy(self, peer);
        }
        if (said.loser() == Loser.NOBODY) {
            return decision;
        }
        boolean selfLoses = said.loser() == Loser.SELF;
        boolean loserServes = selfLoses ? self.primary() : peer.primary();
        if (loserServes) {
            Verdict verdict = selfLoses ? Verdict.DEMOTE : Verdict.AWAIT_DEMOTION;
            return new Decision(verdict, rule, said.resolution());
        }
        // By bitmap: each node's bits are all that it has changed since the generation that both
        // had. Without that common start no bitmap tells what differs.
        return new Decision(Verdict.copy(!selfLoses, !sameStart), rule, said.resolution());
    }

    /** A Primary's word to discard its data is void: it was given before the promotion. */
    private static Answer byOperator(Hello self, Hello peer) {
        boolean selfYields = self.flags().discardMyData() && !self.primary() && peer.whole();
        boolean peerYields = peer.flags().discardMyData() && !peer.primary() && self.whole();
        return selfYields == peerYields
                ? Answer.OPEN
                : new Answer(Loser.selfIf(selfYields), Resolution.DISCARD_MY_DATA);
    }

    private static Answer byPolicy(Hello self, Hello peer) {
        if (self.primary() != peer.primary()) {
            return withOnePrimary(self, peer);
        }
        Answer said = withoutPrimary(self, peer);
        if (!self.primary()) {
            return said;
        }
        AfterSplitBrain2Pri policy = self.policies().afterSplitBrain2Pri();
        return switch (policy) {
            case DISCONNECT -> Answer.OPEN;
            case CALL_PRI_LOST_AFTER_SB -> namedAs(said, Resolution.CALL_PRI_LOST_AFTER_SB);
        };
    }

    private static Answer withOnePrimary(Hello self, Hello peer) {
        AfterSplitBrain1Pri policy = self.policies().afterSplitBrain1Pri();
        Loser secondary = Loser.selfIf(!self.primary());
        Answer said = withoutPrimary(self, peer);
        return switch (policy) {
            case DISCONNECT -> Answer.OPEN;
            case CONSENSUS ->
                    said.loser() == secondary ? namedAs(said, Resolution.CONSENSUS) : Answer.OPEN;
            case DISCARD_SECONDARY -> new Answer(secondary, Resolution.DISCARD_SECONDARY);
            case CALL_PRI_LOST_AFTER_SB -> namedAs(said, Resolution.CALL_PRI_LOST_AFTER_SB);
        };
    }

    private static Answer namedAs(Answer said, Resolution name) {
        return said.loser() == Loser.NOBODY ? Answer.OPEN : new Answer(said.loser(), name);
    }

    /** What after-sb-0pri says; the other two policies ask it, too. */
    private static Answer withoutPrimary(Hello self, Hello peer) {
        boolean selfYounger = self.flags().promotedAlone();
        boolean alike = selfYounger == peer.flags().promotedAlone();
        return switch (self.policies().afterSplitBrain0Pri()) {
            case DISCONNECT -> Answer.OPEN;
            case DISCARD_YOUNGER_PRIMARY ->
                    alike
                            ? leastChanges(self, peer, Resolution.DISCARD_LEAST_CHANGES)
                            : new Answer(
                                    Loser.selfIf(selfYounger), Resolution.DISCARD_YOUNGER_PRIMARY);
            case DISCARD_OLDER_PRIMARY ->
                    alike
                            ? leastChanges(self, peer, Resolution.DISCARD_LEAST_CHANGES)
                            : new Answer(
                                    Loser.selfIf(!selfYounger), Resolution.DISCARD_OLDER_PRIMARY);
            case DISCARD_ZERO_CHANGES ->
                    self.outOfSyncBlocks() == 0 || peer.outOfSyncBlocks() == 0
                            ? leastChanges(self, peer, Resolution.DISCARD_ZERO_CHANGES)
                            : Answer.OPEN;
            case DISCARD_LEAST_CHANGES ->
                    leastChanges(self, peer, Resolution.DISCARD_LEAST_CHANGES);
        };
    }

    /** If they have changed as many blocks, the node whose name sorts last gives way. */
    private static Answer leastChanges(Hello self, Hello peer, Resolution name) {
        int fewer = Long.compare(self.outOfSyncBlocks(), peer.outOfSyncBlocks());
        boolean selfLoses = fewer == 0 ? self.node().compareTo(peer.node()) > 0 : fewer < 0;
        return new Answer(Loser.selfIf(selfLoses), name);
    }
}
