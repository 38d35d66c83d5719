package dev.rhizome.core.handshake;

import static dev.rhizome.core.handshake.Side.a;
import static dev.rhizome.core.handshake.Side.b;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.role.DiskState;
import org.junit.jupiter.api.Test;

/** Every value of every policy, and the operator's word. */
class SplitBrainTableTest {
    private static final long G1 = 0x101;
    private static final long G2 = 0x102;
    private static final long G3 = 0x103;

    /** Both went on from G1; this one changed two blocks, and was Primary before. */
    private static final Side A = a(G2, G1).changed(2);

    /** The other one changed five, and was promoted while alone. */
    private static final Side B = b(G3, G1).changed(5).promotedAlone();

    private static final HandshakeRule RULE = HandshakeRule.SPLIT_BRAIN_BITMAP;
    private static final Decision OPEN = new Decision(Verdict.DISCONNECT, RULE);

    private static ConflictPolicies zero(AfterSplitBrain0Pri policy) {
        return ConflictPolicies.DISCONNECT.with(policy);
    }

    private static Decision decide(Side self, Side peer, ConflictPolicies policies) {
        Decision decision =
                HandshakeTable.decide(self.with(policies).hello(), peer.with(policies).hello());
        assertThat(HandshakeTable.decide(peer.with(policies).hello(), self.with(policies).hello()))
                .as("INV-11")
                .isEqualTo(decision.mirror());
        return decision;
    }

    private static Decision loses(Resolution by) {
        return new Decision(Verdict.TARGET_BITMAP, RULE, by);
    }

    private static Decision wins(Resolution by) {
        return new Decision(Verdict.SOURCE_BITMAP, RULE, by);
    }

    // ---- after-sb-0pri

    @Test
    void disconnectResolvesNothing() {
        assertThat(decide(A, B, ConflictPolicies.DISCONNECT)).isEqualTo(OPEN);
    }

    @Test
    void discardYoungerPrimary() {
        ConflictPolicies policies = zero(AfterSplitBrain0Pri.DISCARD_YOUNGER_PRIMARY);
        assertThat(decide(A, B, policies)).isEqualTo(wins(Resolution.DISCARD_YOUNGER_PRIMARY));
        assertThat(decide(A.promotedAlone(), B, policies))
                .as("both are: the fewer changes lose")
                .isEqualTo(loses(Resolution.DISCARD_LEAST_CHANGES));
    }

    @Test
    void discardOlderPrimary() {
        ConflictPolicies policies = zero(AfterSplitBrain0Pri.DISCARD_OLDER_PRIMARY);
        assertThat(decide(A, B, policies)).isEqualTo(loses(Resolution.DISCARD_OLDER_PRIMARY));
        assertThat(decide(A.promotedAlone(), B, policies))
                .isEqualTo(loses(Resolution.DISCARD_LEAST_CHANGES));
    }

    @Test
    void discardZeroChanges() {
        ConflictPolicies policies = zero(AfterSplitBrain0Pri.DISCARD_ZERO_CHANGES);
        assertThat(decide(A, B, policies)).isEqualTo(OPEN);
        Decision unchangedLoses = loses(Resolution.DISCARD_ZERO_CHANGES);
        assertThat(decide(A.changed(0), B, policies)).isEqualTo(unchangedLoses);
        assertThat(decide(A.changed(0), B.changed(0), policies))
                .as("both: the name that sorts last")
                .isEqualTo(wins(Resolution.DISCARD_ZERO_CHANGES));
    }

    @Test
    void discardLeastChanges() {
        ConflictPolicies policies = zero(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES);
        assertThat(decide(A, B, policies)).isEqualTo(loses(Resolution.DISCARD_LEAST_CHANGES));
        assertThat(decide(A.changed(6), B, policies))
                .isEqualTo(wins(Resolution.DISCARD_LEAST_CHANGES));
        assertThat(decide(A.changed(5), B, policies))
                .as("as many: the name that sorts last")
                .isEqualTo(wins(Resolution.DISCARD_LEAST_CHANGES));
    }

    // ---- after-sb-1pri

    @Test
    void withOnePrimaryTheFirstPolicyAloneResolvesNothing() {
        ConflictPolicies policies = zero(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES);
        assertThat(decide(A, B.primary(), policies)).isEqualTo(OPEN);
        assertThat(decide(A.primary(), B.primary(), policies)).isEqualTo(OPEN);
    }

    @Test
    void consensus() {
        ConflictPolicies policies =
                zero(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES).with(AfterSplitBrain1Pri.CONSENSUS);
        assertThat(decide(A, B.primary(), policies)).isEqualTo(loses(Resolution.CONSENSUS));
        assertThat(decide(A.primary(), B, policies)).as("the Primary would lose").isEqualTo(OPEN);
        ConflictPolicies silent = ConflictPolicies.DISCONNECT.with(AfterSplitBrain1Pri.CONSENSUS);
        assertThat(decide(A, B.primary(), silent)).isEqualTo(OPEN);
    }

    @Test
    void discardSecondary() {
        ConflictPolicies policies =
                ConflictPolicies.DISCONNECT.with(AfterSplitBrain1Pri.DISCARD_SECONDARY);
        assertThat(decide(A, B.primary(), policies)).isEqualTo(loses(Resolution.DISCARD_SECONDARY));
        assertThat(decide(A.primary(), B, policies)).isEqualTo(wins(Resolution.DISCARD_SECONDARY));
    }

    @Test
    void callPrimaryLostWithOnePrimary() {
        ConflictPolicies policies =
                zero(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES)
                        .with(AfterSplitBrain1Pri.CALL_PRI_LOST_AFTER_SB);
        Resolution by = Resolution.CALL_PRI_LOST_AFTER_SB;
        assertThat(decide(A, B.primary(), policies)).isEqualTo(loses(by));
        assertThat(decide(A.primary(), B, policies))
                .isEqualTo(new Decision(Verdict.DEMOTE, RULE, by));
        assertThat(decide(B, A.primary(), policies))
                .isEqualTo(new Decision(Verdict.AWAIT_DEMOTION, RULE, by));
        assertThat(decide(A, B, policies))
                .as("demoted, it loses without being called")
                .isEqualTo(loses(Resolution.DISCARD_LEAST_CHANGES));
    }

    // ---- after-sb-2pri

    @Test
    void callPrimaryLostWithTwoPrimaries() {
        ConflictPolicies policies =
                zero(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES)
                        .with(AfterSplitBrain2Pri.CALL_PRI_LOST_AFTER_SB);
        assertThat(decide(A.primary(), B.primary(), policies))
                .isEqualTo(new Decision(Verdict.DEMOTE, RULE, Resolution.CALL_PRI_LOST_AFTER_SB));
        ConflictPolicies silent =
                ConflictPolicies.DISCONNECT.with(AfterSplitBrain2Pri.CALL_PRI_LOST_AFTER_SB);
        assertThat(decide(A.primary(), B.primary(), silent)).isEqualTo(OPEN);
    }

    // ---- the operator

    @Test
    void discardMyDataGoesBeforeThePolicies() {
        Resolution by = Resolution.DISCARD_MY_DATA;
        for (AfterSplitBrain0Pri policy : AfterSplitBrain0Pri.values()) {
            assertThat(decide(A.discarding(), B, zero(policy))).isEqualTo(loses(by));
            assertThat(decide(A, B.discarding(), zero(policy))).isEqualTo(wins(by));
        }
        assertThat(decide(A.discarding(), B.primary(), ConflictPolicies.DISCONNECT))
                .isEqualTo(loses(by));
    }

    @Test
    void aPrimarysWordIsVoid() {
        assertThat(decide(A.discarding().primary(), B, ConflictPolicies.DISCONNECT))
                .isEqualTo(OPEN);
        assertThat(decide(A.discarding().primary(), B.primary(), ConflictPolicies.DISCONNECT))
                .isEqualTo(OPEN);
    }

    @Test
    void withoutACommonStartOnlyTheOperatorResolvesAndByAFullCopy() {
        for (AfterSplitBrain0Pri policy : AfterSplitBrain0Pri.values()) {
            Side self = a(G2, 0, G1).changed(0);
            Side peer = b(G3, 0, G1).changed(1);
            HandshakeRule history = HandshakeRule.SPLIT_BRAIN_HISTORY;
            assertThat(decide(self, peer, zero(policy)))
                    .isEqualTo(new Decision(Verdict.DISCONNECT, history));
            assertThat(decide(self.discarding(), peer, zero(policy)))
                    .isEqualTo(
                            new Decision(Verdict.TARGET_FULL, history, Resolution.DISCARD_MY_DATA));

            Side stranger = b(G3, 0).changed(1);
            HandshakeRule unrelated = HandshakeRule.UNRELATED_DATA;
            assertThat(decide(self, stranger, zero(policy)))
                    .isEqualTo(new Decision(Verdict.DISCONNECT, unrelated));
            assertThat(decide(self, stranger.discarding(), zero(policy)))
                    .isEqualTo(
                            new Decision(
                                    Verdict.SOURCE_FULL, unrelated, Resolution.DISCARD_MY_DATA));
        }
    }

    @Test
    void halfACopyIsNoWinner() {
        Side half = b(G3, 0).with(DiskState.INCONSISTENT);
        assertThat(decide(a(G1, 0).discarding(), half, ConflictPolicies.DISCONNECT))
                .isEqualTo(new Decision(Verdict.DISCONNECT, HandshakeRule.UNRELATED_DATA));
    }

    @Test
    void whereThereIsNoConflictTheWordDoesNothing() {
        assertThat(decide(a(G2, G1).discarding(), b(G1, 0), ConflictPolicies.DISCONNECT))
                .isEqualTo(new Decision(Verdict.SOURCE_BITMAP, HandshakeRule.BITMAP_SELF));
        assertThat(decide(a(G1, 0).discarding(), b(G1, 0), ConflictPolicies.DISCONNECT))
                .isEqualTo(new Decision(Verdict.NO_SYNC, HandshakeRule.EQUAL));
    }
}
