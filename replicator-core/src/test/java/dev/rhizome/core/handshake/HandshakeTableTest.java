package dev.rhizome.core.handshake;

import static dev.rhizome.core.handshake.Side.a;
import static dev.rhizome.core.handshake.Side.b;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.Hello;
import org.junit.jupiter.api.Test;

/** One scenario per rule, by name. */
class HandshakeTableTest {
    private static final long NEW = Generations.JUST_CREATED;
    private static final long G1 = 0x101;
    private static final long G2 = 0x102;
    private static final long G3 = 0x103;
    private static final long G4 = 0x104;

    /** The generation that marks the target of a resync. */
    private static final long SYNC = 0x201;

    private static void expect(Side self, Side peer, Verdict verdict, HandshakeRule rule) {
        expect(self, peer, new Decision(verdict, rule));
    }

    private static void expect(Side self, Side peer, Decision expected) {
        assertThat(HandshakeTable.decide(self.hello(), peer.hello())).isEqualTo(expected);
        assertThat(HandshakeTable.decide(peer.hello(), self.hello()))
                .as("INV-11")
                .isEqualTo(expected.mirror());
    }

    @Test
    void justCreatedBoth() {
        expect(a(NEW, 0), b(NEW, 0), Verdict.NO_SYNC, HandshakeRule.JUST_CREATED_BOTH);
    }

    @Test
    void justCreatedSelfAndPeer() {
        expect(a(NEW, 0), b(G1, 0), Verdict.TARGET_FULL, HandshakeRule.JUST_CREATED_SELF);
        expect(a(G1, 0), b(NEW, 0), Verdict.SOURCE_FULL, HandshakeRule.JUST_CREATED_PEER);
    }

    /** A start that the blank peer did not hear of does not make its disk any better known. */
    @Test
    void aBlankPeerThatMissedTheStartNeedsAFullCopyStill() {
        expect(a(G1, SYNC), b(NEW, 0), Verdict.SOURCE_FULL, HandshakeRule.JUST_CREATED_PEER);
    }

    @Test
    void outdatedBesideBlank() {
        Side old = a(G1, 0).with(DiskState.OUTDATED);
        expect(old, b(NEW, 0), Verdict.NO_SYNC, HandshakeRule.OUTDATED_BESIDE_BLANK);
    }

    @Test
    void equal() {
        expect(a(G1, 0), b(G1, 0), Verdict.NO_SYNC, HandshakeRule.EQUAL);
        // Acknowledged but unflushed when the link broke, and nobody died: both have it.
        expect(a(G1, 0).changed(7), b(G1, 0), Verdict.NO_SYNC, HandshakeRule.EQUAL);
        expect(a(G1, 0).primary(), b(G1, 0), Verdict.NO_SYNC, HandshakeRule.EQUAL);
    }

    @Test
    void inconsistentSelfAndPeer() {
        Side half = a(G1, 0).with(DiskState.INCONSISTENT);
        expect(half, b(G1, 0), Verdict.TARGET_FULL, HandshakeRule.INCONSISTENT_SELF);
        Side halfPeer = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(a(G1, 0), halfPeer, Verdict.SOURCE_FULL, HandshakeRule.INCONSISTENT_PEER);
        expect(
                a(G2, G1),
                b(G3, G1).with(DiskState.INCONSISTENT),
                Verdict.SOURCE_FULL,
                HandshakeRule.INCONSISTENT_PEER);
    }

    @Test
    void crashedSelfAndPeer() {
        Side dead = a(G1, 0).died(true);
        expect(dead, b(G1, 0), Verdict.TARGET_BITMAP, HandshakeRule.CRASHED_SELF);
        expect(b(G1, 0), dead, Verdict.SOURCE_BITMAP, HandshakeRule.CRASHED_PEER);
    }

    @Test
    void crashedOnePrimary() {
        expect(
                a(G1, 0).died(true).primary(),
                b(G1, 0),
                Verdict.SOURCE_BITMAP,
                HandshakeRule.CRASHED_ONE_PRIMARY);
    }

    @Test
    void crashedBoth() {
        Side primary = a(G1, 0).died(true);
        Side secondary = a(G1, 0).died(false);
        HandshakeRule rule = HandshakeRule.CRASHED_BOTH;
        expect(primary, b(G1, 0).died(false), Verdict.SOURCE_BITMAP, rule);
        expect(secondary, b(G1, 0).died(true), Verdict.TARGET_BITMAP, rule);
        expect(secondary, b(G1, 0).died(false), Verdict.SOURCE_BITMAP, rule);
        // Who was made a source before stays it.
        expect(secondary, b(G1, SYNC).died(false), Verdict.TARGET_BITMAP, rule);
    }

    @Test
    void missedStart() {
        expect(a(G1, SYNC), b(G1, 0), Verdict.SOURCE_BITMAP, HandshakeRule.MISSED_START_PEER);
        expect(a(G1, 0), b(G1, SYNC), Verdict.TARGET_BITMAP, HandshakeRule.MISSED_START_SELF);
        expect(a(G1, 0, SYNC), b(G1, 0), Verdict.NO_SYNC, HandshakeRule.EQUAL);
    }

    /** The survivor has flushed writes that the source lost with its power. */
    @Test
    void aSourceThatDiedIsNotOneAgain() {
        Side source = a(G1, SYNC).died(true);
        expect(source, b(G1, 0), Verdict.TARGET_BITMAP, HandshakeRule.CRASHED_SELF);
        expect(source, b(G1, 0, SYNC), Verdict.TARGET_BITMAP, HandshakeRule.CRASHED_SELF);
    }

    @Test
    void missedFinish() {
        Side target = b(G1, 0, SYNC);
        expect(a(G1, SYNC), target, Verdict.SOURCE_BITMAP, HandshakeRule.MISSED_FINISH_SELF);
        expect(target, a(G1, SYNC), Verdict.TARGET_BITMAP, HandshakeRule.MISSED_FINISH_PEER);
    }

    /** The finished target took over while nobody wrote: its clients read its data. */
    @Test
    void missedFinishAndTheTargetIsPrimaryNow() {
        expect(
                a(G1, SYNC),
                b(G1, 0, SYNC).primary(),
                Verdict.TARGET_BITMAP,
                HandshakeRule.MISSED_FINISH_SELF);
    }

    @Test
    void missedFinishAndTheSourceWentOn() {
        Side source = a(G2, SYNC, G1);
        expect(source, b(G1, 0, SYNC), Verdict.SOURCE_BITMAP, HandshakeRule.MISSED_FINISH_SELF);
        expect(b(G1, 0, SYNC), source, Verdict.TARGET_BITMAP, HandshakeRule.MISSED_FINISH_PEER);
        // Without the resync in its history nothing says that the bits cover what it lacks.
        expect(source, b(G1, 0, G4), Verdict.SOURCE_FULL, HandshakeRule.HISTORY_SELF);
    }

    @Test
    void missedFinishAndTheTargetWentOn() {
        expect(a(G1, SYNC), b(G2, G1, G1, SYNC), Verdict.TARGET_BITMAP, HandshakeRule.BITMAP_PEER);
        expect(
                a(G3, SYNC, G1),
                b(G2, G1, G1, SYNC),
                Verdict.DISCONNECT,
                HandshakeRule.SPLIT_BRAIN_HISTORY);
    }

    @Test
    void bitmapSelfAndPeer() {
        expect(a(G1, 0), b(G2, G1), Verdict.TARGET_BITMAP, HandshakeRule.BITMAP_PEER);
        expect(a(G2, G1), b(G1, 0), Verdict.SOURCE_BITMAP, HandshakeRule.BITMAP_SELF);
        expect(
                a(G2, G1).died(true),
                b(G1, 0).died(true),
                Verdict.SOURCE_BITMAP,
                HandshakeRule.BITMAP_SELF);
    }

    @Test
    void anInterruptedTargetGoesOnByBitmap() {
        Side target = b(SYNC, 0).with(DiskState.INCONSISTENT);
        expect(a(G1, SYNC), target, Verdict.SOURCE_BITMAP, HandshakeRule.BITMAP_SELF);
        expect(a(G2, SYNC, G1), target, Verdict.SOURCE_BITMAP, HandshakeRule.BITMAP_SELF);
    }

    @Test
    void historySelfAndPeer() {
        expect(a(G1, 0), b(G3, G2, G1), Verdict.TARGET_FULL, HandshakeRule.HISTORY_PEER);
        expect(a(G3, G2, G1), b(G1, 0), Verdict.SOURCE_FULL, HandshakeRule.HISTORY_SELF);
    }

    @Test
    void splitBrainBitmap() {
        expect(a(G2, G1), b(G3, G1), Verdict.DISCONNECT, HandshakeRule.SPLIT_BRAIN_BITMAP);
        expect(
                a(G2, G1).primary(),
                b(G3, G1).primary(),
                Verdict.DISCONNECT,
                HandshakeRule.SPLIT_BRAIN_BITMAP);
    }

    @Test
    void splitBrainHistory() {
        HandshakeRule rule = HandshakeRule.SPLIT_BRAIN_HISTORY;
        expect(a(G2, 0, G1), b(G3, 0, G1), Verdict.DISCONNECT, rule);
        expect(a(G2, G1), b(G3, G4, G1), Verdict.DISCONNECT, rule);
    }

    @Test
    void unrelatedData() {
        expect(a(G1, 0), b(G2, 0), Verdict.DISCONNECT, HandshakeRule.UNRELATED_DATA);
    }

    @Test
    void sourceInconsistent() {
        Side half = a(G2, G1).with(DiskState.INCONSISTENT);
        expect(half, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.SOURCE_INCONSISTENT);
    }

    @Test
    void bothInconsistent() {
        Side half = a(G2, G1).with(DiskState.INCONSISTENT);
        Side halfPeer = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(half, halfPeer, Verdict.NO_SYNC, HandshakeRule.BOTH_INCONSISTENT);
    }

    @Test
    void primaryWouldBeTarget() {
        HandshakeRule rule = HandshakeRule.PRIMARY_WOULD_BE_TARGET;
        Side primary = a(G1, 0).primary();
        expect(primary, b(G2, G1), Verdict.DISCONNECT, rule);

        ConflictPolicies retry = ConflictPolicies.DISCONNECT.with(RoleConflict.RETRY_CONNECT);
        expect(
                primary.with(retry),
                b(G2, G1).with(retry),
                new Decision(Verdict.RETRY, rule, Resolution.RETRY_CONNECT));

        ConflictPolicies demote = ConflictPolicies.DISCONNECT.with(RoleConflict.CALL_PRI_LOST);
        expect(
                primary.with(demote),
                b(G2, G1).with(demote),
                new Decision(Verdict.DEMOTE, rule, Resolution.CALL_PRI_LOST));
        expect(
                a(G1, 0).with(demote),
                b(G2, G1).with(demote),
                Verdict.TARGET_BITMAP,
                HandshakeRule.BITMAP_PEER);
    }

    @Test
    void twoPrimaries() {
        HandshakeRule rule = HandshakeRule.TWO_PRIMARIES;
        expect(a(G1, 0).primary(), b(G1, 0).primary(), Verdict.DISCONNECT, rule);
        expect(a(G2, G1).primary(), b(G1, 0).primary(), Verdict.DISCONNECT, rule);

        ConflictPolicies demote = ConflictPolicies.DISCONNECT.with(RoleConflict.CALL_PRI_LOST);
        expect(
                a(G2, G1).primary().with(demote),
                b(G1, 0).primary().with(demote),
                new Decision(Verdict.AWAIT_DEMOTION, rule, Resolution.CALL_PRI_LOST));
        expect(
                a(G1, 0).primary().with(demote),
                b(G1, 0).primary().with(demote),
                Verdict.DISCONNECT,
                rule);
    }

    @Test
    void disklessAndNewer() {
        Side gone = a(G2, 0).with(DiskState.DISKLESS);
        expect(gone, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.DISKLESS_NEWER);
        expect(gone, b(G2, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side never = a(NEW, 0).with(DiskState.DISKLESS);
        expect(never, b(G1, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side serving = gone.primary();
        expect(serving, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.DISKLESS_NEWER);
        expect(serving, b(G2, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G3, G2), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G4, G3, G2), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side half = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(serving, half, Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G2, 0).primary(), Verdict.DISCONNECT, HandshakeRule.TWO_PRIMARIES);
    }

    @Test
    void policiesDiffer() {
        ConflictPolicies other =
                ConflictPolicies.DISCONNECT.with(AfterSplitBrain0Pri.DISCARD_ZERO_CHANGES);
        expect(a(G1, 0), b(G1, 0).with(other), Verdict.DISCONNECT, HandshakeRule.POLICIES_DIFFER);
    }

    @Test
    void discardMyDataBoth() {
        expect(
                a(G1, 0).discarding(),
                b(G1, 0).discarding(),
                Verdict.DISCONNECT,
                HandshakeRule.DISCARD_BOTH);
    }

    @Test
    void compatibility() {
        Hello self = a(G1, 0).hello();
        Hello peer = b(G1, 0).hello();
        expectRule(self, like(peer, 9, "data", "b", 1 << 20, 512), "protocol-version");
        expectRule(self, like(peer, 2, "other", "b", 1 << 20, 512), "names");
        expectRule(self, like(peer, 2, "data", "a", 1 << 20, 512), "names");
        expectRule(self, like(peer, 2, "data", "b", 2 << 20, 512), "sizes-differ");
        expectRule(self, like(peer, 2, "data", "b", 1 << 20, 4096), "sectors-differ");
    }

    private static void expectRule(Hello self, Hello peer, String label) {
        Decision decision = HandshakeTable.decide(self, peer);
        assertThat(decision.rule().label()).isEqualTo(label);
        assertThat(decision.verdict()).isEqualTo(Verdict.DISCONNECT);
        assertThat(HandshakeTable.decide(peer, self)).isEqualTo(decision.mirror());
    }

    private static Hello like(
            Hello base, int version, String resource, String node, long size, int sector) {
        return new Hello(
                version,
                version,
                0,
                node,
                resource,
                size,
                sector,
                base.role(),
                base.disk(),
                base.flags(),
                base.generations(),
                base.outOfSyncBlocks(),
                base.policies());
    }

    @Test
    void aSplitBrainNamesTheCommandsThatResolveIt() {
        for (HandshakeRule rule :
                new HandshakeRule[] {
                    HandshakeRule.SPLIT_BRAIN_BITMAP,
                    HandshakeRule.SPLIT_BRAIN_HISTORY,
                    HandshakeRule.UNRELATED_DATA
                }) {
            assertThat(rule.meaning("r0"))
                    .contains("rhizome connect --discard-my-data r0")
                    .endsWith("rhizome connect r0");
        }
        Decision resolved =
                new Decision(
                        Verdict.SOURCE_BITMAP,
                        HandshakeRule.SPLIT_BRAIN_BITMAP,
                        Resolution.DISCARD_MY_DATA);
        assertThat(resolved.meaning("r0")).startsWith("split brain").doesNotContain("rhizome");
    }

    @Test
    void labelsAreUnique() {
        assertThat(HandshakeRule.values()).extracting(HandshakeRule::label).doesNotHaveDuplicates();
        assertThat(Verdict.values()).extracting(Verdict::label).doesNotHaveDuplicates();
        assertThat(Resolution.values()).extracting(Resolution::label).doesNotHaveDuplicates();
    }
}
