package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_BOTH;
import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_ONE_PRIMARY;
import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Nodes that die. DRBD's resync-after-primary-crash and the crashes of its endurance tests. */
class CrashTest extends Scenario {

    /** All blocks of the extents, of 8 blocks each, that these blocks are in. */
    private static Set<Integer> extentsOf(int... blocks) {
        return IntStream.of(blocks)
                .flatMap(block -> IntStream.range(block / 8 * 8, block / 8 * 8 + 8))
                .boxed()
                .collect(Collectors.toSet());
    }

    private static Set<Integer> with(Set<Integer> some, Integer... others) {
        Set<Integer> all = new HashSet<>(some);
        all.addAll(Set.of(others));
        return all;
    }

    /** A has written, and died as Primary. */
    private Pair deadPrimary() {
        Pair pair = inSync();
        pair.a().write(1, 9, 100);
        pair.quiet();
        pair.a().kill();
        pair.untilParted();
        pair.mark();
        return pair;
    }

    // ---- the Primary

    @Test
    @Shows(CRASHED_SELF)
    void aDeadPrimaryTakesTheActiveExtentsFromASurvivorThatWasNotPromoted() {
        Pair pair = deadPrimary();
        pair.a().start();
        assertThat(pair.a().disk()).isEqualTo(DiskState.CONSISTENT);
        assertThat(pair.a().outOfSyncBlocks()).isEqualTo(extentsOf(1, 9, 100));
        pair.handshake(CRASHED_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(extentsOf(1, 9, 100));
        pair.a().promote();
        pair.a().readAll();
    }

    @Test
    @Shows(CRASHED_ONE_PRIMARY)
    void aDeadPrimaryTakesTheActiveExtentsFromASurvivorThatHasOnlyRead() {
        Pair pair = deadPrimary();
        pair.b().promote();
        pair.b().readAll();
        pair.a().start();
        pair.handshake(CRASHED_ONE_PRIMARY);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(extentsOf(1, 9, 100));
    }

    @Test
    @Shows(BITMAP_PEER)
    void aDeadPrimaryTakesTheActiveExtentsAndWhatTheSurvivorHasWritten() {
        Pair pair = deadPrimary();
        pair.b().promote();
        pair.b().write(9, 200, 201);
        pair.a().start();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(with(extentsOf(1, 9, 100), 200, 201));
        pair.b().readAll();
    }

    @Test
    @Shows(CRASHED_SELF)
    void aWriteThatOnlyTheDeadPrimaryHasIsTakenBack() {
        diesWithAWriteInFlight(FrameType.WRITE);
    }

    @Test
    @Shows(CRASHED_SELF)
    void aWriteThatOnlyTheSurvivorHasIsCopiedToTheDeadPrimary() {
        diesWithAWriteInFlight(FrameType.WRITE_ACK);
    }

    private void diesWithAWriteInFlight(FrameType held) {
        Pair pair = inSync();
        pair.holdFrom(held, 1);
        pair.a().begin(Operation.WRITE, 6, 4);
        pair.untilHeld();
        pair.a().losePower();
        pair.untilParted();
        pair.mark();
        pair.b().promote();
        pair.b().demote();

        pair.a().start();
        pair.handshake(CRASHED_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(extentsOf(6, 9));
    }

    @Test
    @Shows(BITMAP_SELF)
    void aPrimaryThatDiesAfterATimeAloneIsStillTheSource() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(50);
        pair.a().losePower();
        pair.a().start();
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.a().promote();
        pair.a().write(51);

        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(extentsOf(50));
    }

    // ---- the Secondary

    @Test
    @Shows(CRASHED_ONE_PRIMARY)
    void aDeadSecondaryThatMissedNothingTakesNothing() {
        Pair pair = inSync();
        pair.a().write(1, 2);
        pair.a().flush();
        pair.b().losePower();
        pair.untilParted();
        pair.mark();
        pair.b().start();
        pair.handshake(CRASHED_ONE_PRIMARY);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
    }

    @Test
    @Shows(CRASHED_ONE_PRIMARY)
    void writesThatTheSecondaryAcknowledgedButHadNotFlushedAreCopiedAfterItsLossOfPower() {
        Pair pair = inSync();
        pair.a().write(1, 2, 3);
        pair.a().flush();
        pair.a().write(10, 11);
        pair.a().begin(Operation.WRITE, true, 12, 1).done();
        pair.b().losePower();
        pair.untilParted();
        pair.mark();
        assertThat(pair.a().outOfSyncBlocks()).containsExactly(10, 11);

        pair.b().start();
        pair.handshake(CRASHED_ONE_PRIMARY);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(10, 11);
    }

    @Test
    @Shows(BITMAP_SELF)
    void aDeadSecondaryTakesWhatItHadNotFlushedAndWhatItHasMissed() {
        Pair pair = inSync();
        pair.a().write(10, 11);
        pair.b().losePower();
        pair.a().write(80);
        pair.a().begin(Operation.TRIM, 90, 3).done();
        pair.untilParted();
        pair.mark();
        pair.b().start();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(10, 11, 80, 90, 91, 92);
    }

    @Test
    @Shows(BITMAP_SELF)
    void aTargetThatLosesPowerKeepsWhatACheckpointHasRecorded() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 120, 2));
        pair.holdFrom(FrameType.SYNC_ACK, 50);
        pair.heal();
        pair.untilHeld();
        pair.b().losePower();
        pair.untilParted();
        Set<Integer> left = pair.a().outOfSyncBlocks();
        assertThat(left).hasSizeLessThan(60);
        pair.mark();

        pair.b().start();
        assertThat(pair.b().disk()).isEqualTo(DiskState.INCONSISTENT);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(left);
    }

    @Test
    @Shows(BITMAP_SELF)
    void aSourceThatLosesPowerKeepsWhatACheckpointHasRecorded() {
        Pair pair = inSync();
        pair.cut();
        pair.a().demote();
        pair.a().promote();
        pair.a().write(blocks(0, 120, 2));
        pair.a().demote();
        pair.holdFrom(FrameType.SYNC_ACK, 50);
        pair.heal();
        pair.untilHeld();
        Set<Integer> left = pair.a().outOfSyncBlocks();
        assertThat(left).hasSizeLessThan(60);
        pair.a().losePower();
        pair.untilParted();
        pair.mark();
        assertThat(pair.b().command(CommandKind.PROMOTE))
                .isEqualTo("no-up-to-date-data-inconsistent");

        pair.a().start();
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(left);
    }

    // ---- both

    @Test
    @Shows(CRASHED_BOTH)
    void ofTwoDeadNodesTheOneThatWasPrimaryCountsIfItComesBackFirst() {
        bothDie(true);
    }

    @Test
    @Shows(CRASHED_BOTH)
    void ofTwoDeadNodesTheOneThatWasPrimaryCountsIfItComesBackLast() {
        bothDie(false);
    }

    private void bothDie(boolean primaryFirst) {
        Pair pair = inSync();
        pair.a().write(1, 9);
        pair.a().flush();
        pair.holdFrom(FrameType.WRITE_ACK, 1);
        pair.a().begin(Operation.WRITE, 40, 1);
        pair.untilHeld();
        pair.b().losePower();
        pair.a().losePower();
        pair.mark();

        PairNode first = primaryFirst ? pair.a() : pair.b();
        first.start();
        assertThat(first.command(CommandKind.PROMOTE)).isEqualTo("no-up-to-date-data-consistent");
        (primaryFirst ? pair.b() : pair.a()).start();
        pair.handshake(CRASHED_BOTH);
        pair.untilInSync();
        assertThat(pair.a().handshake().decision().verdict().source()).isTrue();
        assertThat(pair.copied()).isEqualTo(extentsOf(1, 9, 40));
        pair.b().promote();
        pair.b().readAll();
    }

    @Test
    @Shows(BITMAP_PEER)
    void ofTwoDeadNodesTheOneThatWasPromotedByForceCounts() {
        Pair pair = inSync();
        pair.a().write(1, 9);
        pair.a().flush();
        pair.b().losePower();
        pair.a().losePower();
        pair.mark();
        pair.b().start();
        assertThat(pair.b().command(CommandKind.PROMOTE_FORCE)).isEqualTo("forced");
        pair.b().write(100);

        pair.a().start();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(with(extentsOf(1, 9), 100));
    }

    @Test
    @Shows(CRASHED_BOTH)
    void twoSecondariesThatDieAgree() {
        Pair pair = inSync();
        pair.a().write(1);
        pair.a().demote();
        pair.a().losePower();
        pair.b().losePower();
        pair.mark();
        pair.start();
        pair.handshake(CRASHED_BOTH);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
    }

    @Test
    @Shows(BITMAP_SELF)
    void bothDieDuringAResyncAndItGoesOn() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 120, 2));
        pair.holdFrom(FrameType.SYNC_ACK, 50);
        pair.heal();
        pair.untilHeld();
        Set<Integer> left = pair.a().outOfSyncBlocks();
        pair.a().losePower();
        pair.b().losePower();
        pair.mark();

        pair.b().start();
        pair.a().start();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsAll(left);
        // The source was Primary: its active extents count, too. All of them had been written.
        assertThat(pair.copied()).isSubsetOf(extentsOf(blocks(0, 120, 2)));
    }

    @Test
    @Shows(BITMAP_PEER)
    void aDeadPrimaryMayDieAgainBeforeItIsWhole() {
        Pair pair = deadPrimary();
        pair.cutAfter(FrameType.SYNC_WRITE, 1);
        pair.a().start();
        pair.untilTrapped();
        assertThat(pair.a().disk()).isEqualTo(DiskState.INCONSISTENT);
        pair.a().losePower();
        pair.b().promote();
        pair.b().write(33);
        pair.a().start();
        pair.heal();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(with(extentsOf(1, 9, 100), 33));
    }
}
