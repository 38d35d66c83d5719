package dev.rhizome.core.handshake;

import static dev.rhizome.core.handshake.Expect.expect;
import static dev.rhizome.core.handshake.Side.a;
import static dev.rhizome.core.handshake.Side.b;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.DiskState;
import org.junit.jupiter.api.Test;

/** Rules about generations and crashes: one scenario each, by name. */
class HandshakeTableTest {
    private static final long NEW = Generations.JUST_CREATED;
    private static final long G1 = 0x101;
    private static final long G2 = 0x102;
    private static final long G3 = 0x103;
    private static final long G4 = 0x104;

    /** The generation that marks the target of a resync. */
    private static final long SYNC = 0x201;

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
}
