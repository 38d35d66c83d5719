package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.EQUAL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.verify.FoundRange;
import dev.rhizome.core.verify.VerifyOrder;
import dev.rhizome.core.verify.VerifyReport;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.DiskFault;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairCommand;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import org.junit.jupiter.api.Test;

/** Two nodes in step are compared. DRBD's online-verify tests, and what may come in between. */
class VerifyTest extends Scenario {
    private static final VerifyOrder WHOLE = VerifyOrder.start(0, 0, false);

    /** B's disk has three bad blocks, two of them side by side. */
    private Pair corrupted() {
        Pair pair = inSync();
        pair.b().corrupt(3, 40, 41);
        return pair;
    }

    private static FoundRange blocks(int first, int count) {
        return new FoundRange(first * 4096L, count * 4096L);
    }

    private static void requireFound(PairNode node) {
        VerifyReport report = node.verifyReport();
        assertThat(report.ranges()).containsExactly(blocks(3, 1), blocks(40, 2));
        assertThat(report.differentBytes()).isEqualTo(3 * 4096);
        assertThat(node.outOfSyncBlocks()).containsExactlyInAnyOrder(3, 40, 41);
    }

    private static void requireRefused(PairCommand command, String rule, String... parts) {
        assertThat(command.rule()).isEqualTo(rule);
        assertThat(command.accepted()).isFalse();
        assertThat(command.reason()).contains(parts);
    }

    // ---- what is found

    @Test
    void twoThatAreTheSameAreCalledSo() {
        Pair pair = inSync();
        VerifyReport report = pair.a().verified(false);
        assertThat(report.outcome()).isEqualTo("done: 1048576 bytes are the same on both nodes");
        assertThat(report.positionBytes()).isEqualTo(1 << 20);
        assertThat(report.ranges()).isEmpty();
        assertThat(pair.a().outOfSync()).isZero();
    }

    @Test
    void aPartlyFilledLastBlockAndSmallSectorsAreCompared() {
        Pair pair = inSync(NodeSetup.DEFAULT.withSectorBytes(512).withBlocks(67));
        pair.b().corrupt(66);
        assertThat(pair.a().verified(true).ranges()).containsExactly(blocks(66, 1));
    }

    @Test
    void whatDiffersIsFoundAndMarkedAndBothStayUpToDate() {
        Pair pair = corrupted();
        pair.a().verified(false);
        requireFound(pair.a());
        assertThat(pair.a().handlers()).containsExactly(Handler.OUT_OF_SYNC);
        assertThat(pair.a().superblock().has(Flag.VERIFY_FOUND)).isTrue();
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(pair.b().disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(pair.a().state().peerDisk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.a().verified(true);
    }

    @Test
    void onlyWhatIsAskedForIsCompared() {
        Pair pair = corrupted();
        PairNode a = pair.a();
        a.verify(VerifyOrder.start(4 * 4096 + 1, 41 * 4096 - 1, false)).rule();
        pair.until("the end", () -> !a.verifyReport().running());
        assertThat(a.verifyReport().startBytes()).isEqualTo(4 * 4096);
        assertThat(a.verifyReport().stopBytes()).isEqualTo(41 * 4096);
        assertThat(a.verifyReport().ranges()).containsExactly(blocks(40, 1));
        a.verified(true);
    }

    @Test
    void whatIsFoundOutlivesFlushesAFlapAndARestart() {
        Pair pair = corrupted();
        PairNode a = pair.a();
        a.verified(false);
        a.write(7);
        a.flush();
        pair.cut();
        pair.heal();
        pair.handshake(EQUAL);
        pair.untilInSync();
        a.flush();
        pair.quiet();
        assertThat(a.outOfSyncBlocks()).contains(3, 40, 41);

        a.shutDown();
        pair.untilParted();
        pair.mark();
        a.start();
        pair.handshake(EQUAL);
        pair.untilInSync();
        assertThat(a.outOfSyncBlocks()).contains(3, 40, 41);
        a.verify(VerifyOrder.repairFound()).rule();
        pair.untilInSync();
        assertThat(pair.copied()).contains(3, 40, 41);
        assertThat(a.outOfSync()).isZero();
    }

    @Test
    void whatWasWrittenAnewIsForgottenByTheNextVerifyOfTheWholeVolume() {
        Pair pair = corrupted();
        PairNode a = pair.a();
        a.verified(false);
        a.write(3, 40, 41);
        a.verify(VerifyOrder.start(0, 8 * 4096, false)).rule();
        pair.until("the end", () -> !a.verifyReport().running());
        assertThat(a.superblock().has(Flag.VERIFY_FOUND)).isTrue();
        a.verified(false);
        pair.until("all is forgotten", () -> a.outOfSync() == 0);
        pair.quiet();
        assertThat(a.superblock().has(Flag.VERIFY_FOUND)).isFalse();
    }

    // ---- repair

    @Test
    void whatWasFoundIsCopiedLaterAndNothingElse() {
        Pair pair = corrupted();
        pair.a().verified(false);
        pair.mark();
        PairCommand repair = pair.a().verify(VerifyOrder.repairFound());
        assertThat(repair.rule()).isEqualTo("verify-repair");
        assertThat(repair.reason()).contains("12288 bytes");
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 40, 41);
        assertThat(pair.a().outOfSync()).isZero();
        assertThat(pair.a().superblock().has(Flag.VERIFY_FOUND)).isFalse();
        assertThat(pair.a().verified(false).ranges()).isEmpty();
    }

    @Test
    void theVerifyMayRepairAtItsEnd() {
        Pair pair = corrupted();
        pair.a().verified(true);
        pair.until("a repair", () -> !pair.a().established());
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 40, 41);
    }

    @Test
    void thePrimarysDataCountsAlsoIfItIsTheBadOne() {
        Pair pair = inSync();
        pair.a().corrupt(9);
        pair.a().verified(true);
        pair.untilInSync();
        assertThat(pair.b().disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(pair.copied()).containsExactly(9);
        // Its clients mend it as any other block.
        pair.a().write(9);
    }

    @Test
    void withoutAPrimaryTheNodeThatWasAskedIsTheSource() {
        Pair pair = inSync();
        pair.a().demote();
        pair.quiet();
        pair.a().corrupt(9);
        pair.b().verified(true);
        pair.untilInSync();
        assertThat(pair.b().superblock().has(Flag.VERIFY_FOUND)).isFalse();
    }

    @Test
    void twoRepairsAtOnceAreOne() {
        Pair pair = corrupted();
        pair.a().demote();
        pair.a().verified(false);
        pair.b().verified(false);
        PairCommand one = pair.a().verify(VerifyOrder.repairFound());
        PairCommand other = pair.b().verify(VerifyOrder.repairFound());
        assertThat(one.accepted()).isTrue();
        assertThat(other.accepted()).isTrue();
        pair.until("a repair", () -> pair.b().disk() == DiskState.INCONSISTENT);
        pair.untilInSync();
        assertThat(pair.a().superblock().has(Flag.VERIFY_FOUND)).isFalse();
        assertThat(pair.b().superblock().has(Flag.VERIFY_FOUND)).isFalse();
    }

    @Test
    void aPeerThatIsPromotedWhileARepairBeginsHearsOfTheRepairFirst() {
        Pair pair = corrupted();
        pair.a().demote();
        pair.a().verified(false);
        PairCommand repair = pair.a().verify(VerifyOrder.repairFound());
        PairCommand promotion = pair.b().ask(CommandKind.PROMOTE);
        assertThat(repair.accepted()).isTrue();
        promotion.rule();
        pair.untilInSync();
        pair.b().promote();
        pair.b().readAll();
    }

    @Test
    void aRepairWhoseStartIsLostIsDoneAtTheNextConnect() {
        Pair pair = corrupted();
        pair.a().verified(false);
        pair.loseAt(FrameType.SYNC_START, 1);
        pair.a().verify(VerifyOrder.repairFound());
        pair.untilTrapped();
        assertThat(pair.b().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 40, 41);
    }

    @Test
    void aRepairThatIsInterruptedGoesOn() {
        Pair pair = corrupted();
        pair.loseAt(FrameType.SYNC_WRITE, 2);
        pair.a().verified(true);
        pair.untilTrapped();
        assertThat(pair.b().disk()).isEqualTo(DiskState.INCONSISTENT);
        endsTogetherAfterWrites(pair);
    }

    @Test
    void aRepairWhoseEndIsLostGoesOn() {
        Pair pair = corrupted();
        pair.loseAt(FrameType.SYNC_DONE, 1);
        pair.a().verified(true);
        pair.untilTrapped();
        assertThat(pair.b().disk()).isEqualTo(DiskState.UP_TO_DATE);
        endsTogetherAfterWrites(pair);
    }

    private static void endsTogetherAfterWrites(Pair pair) {
        pair.a().write(100);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.a().superblock().has(Flag.VERIFY_FOUND)).isFalse();
        pair.a().readAll();
    }

    // ---- refusals

    @Test
    void theSecondaryOfAPrimaryRefuses() {
        Pair pair = inSync();
        requireRefused(pair.b().verify(WHOLE), "verify-peer-is-primary", "run it there", "a,");
        requireRefused(
                pair.b().verify(VerifyOrder.repairFound()), "verify-peer-is-primary", "Primary");
    }

    @Test
    void aNodeThatIsNotInStepRefuses() {
        Pair pair = inSync();
        pair.cut();
        requireRefused(pair.a().verify(WHOLE), "verify-not-in-step", "UpToDate", "Connecting");
        requireRefused(
                pair.a().verify(VerifyOrder.repairFound()), "verify-not-in-step", "wait until");
    }

    @Test
    void anEmptyRangeIsRefused() {
        Pair pair = inSync();
        requireRefused(
                pair.a().verify(VerifyOrder.start(8192, 8192, false)), "verify-range", "8192");
        requireRefused(
                pair.a().verify(VerifyOrder.start(1 << 20, 0, false)), "verify-range", "1048576");
        requireRefused(pair.a().verify(VerifyOrder.start(-1, 0, false)), "verify-range", "-1");
    }

    @Test
    void oneAtATime() {
        Pair pair = inSync();
        pair.a().verify(WHOLE).rule();
        requireRefused(pair.a().verify(WHOLE), "verify-running", "--cancel");
        requireRefused(pair.a().verify(VerifyOrder.repairFound()), "verify-running", "--cancel");
        pair.until("the end", () -> !pair.a().verifyReport().running());
    }

    @Test
    void withoutAnythingToEndOrRepair() {
        Pair pair = inSync();
        requireRefused(pair.a().verify(VerifyOrder.cancel()), "verify-not-running", "no verify");
        PairCommand repair = pair.a().verify(VerifyOrder.repairFound());
        assertThat(repair.rule()).isEqualTo("nothing-to-repair");
        assertThat(repair.accepted()).isTrue();
        assertThat(pair.a().established()).isTrue();
    }

    // ---- what comes in between

    @Test
    void writesWaitForTheRangeAndAreNoDifferences() {
        Pair pair = inSync();
        pair.holdFrom(FrameType.VERIFY_RESULT, 1);
        pair.a().verify(WHOLE).rule();
        pair.untilHeld();
        PairRequest write = pair.a().begin(Operation.WRITE, 5, 3);
        pair.a().read(5, 3);
        assertThat(write.answered()).isFalse();
        pair.release();
        write.done();
        pair.until("the end", () -> !pair.a().verifyReport().running());
        assertThat(pair.a().verifyReport().ranges()).isEmpty();
    }

    @Test
    void itIsCancelledAndRunsAgain() {
        Pair pair = corrupted();
        pair.holdFrom(FrameType.VERIFY_RESULT, 1);
        pair.a().verify(WHOLE).rule();
        pair.untilHeld();
        assertThat(pair.a().verify(VerifyOrder.cancel()).rule()).isEqualTo("verify-cancelled");
        assertThat(pair.a().verifyReport().outcome()).contains("at byte 0", "by command");
        // Nothing waits for the answers that are still to come.
        pair.a().begin(Operation.TRIM, 100, 2);
        pair.release();
        pair.a().verified(false);
        requireFound(pair.a());
        pair.a().verify(VerifyOrder.repairFound()).rule();
    }

    @Test
    void aLostLinkEndsItAndWhatWasFoundStays() {
        Pair pair = inSync();
        pair.b().corrupt(blocks(0, 256, 32));
        pair.cutAfter(FrameType.VERIFY_RESULT, 1);
        pair.a().verify(WHOLE).rule();
        pair.untilTrapped();
        assertThat(pair.a().verifyReport().outcome()).contains("the link was lost");
        assertThat(pair.a().outOfSync()).isPositive();
        pair.heal();
        pair.untilInSync();
        pair.a().verified(true);
    }

    @Test
    void thePromotionOfThePeerEndsIt() {
        Pair pair = inSync();
        pair.a().demote();
        pair.holdFrom(FrameType.VERIFY_RESULT, 1);
        pair.a().verify(WHOLE).rule();
        pair.untilHeld();
        PairCommand promotion = pair.b().ask(CommandKind.PROMOTE);
        pair.release();
        promotion.rule();
        assertThat(promotion.accepted()).isTrue();
        pair.b().write(1, 2, 3);
        assertThat(pair.a().verifyReport().running()).isFalse();
        assertThat(pair.a().verifyReport().ranges()).isEmpty();
    }

    @Test
    void aPromotionAndADemotionOfThisNodeDoNotDisturbIt() {
        Pair pair = corrupted();
        pair.a().demote();
        pair.holdFrom(FrameType.VERIFY_RESULT, 2);
        pair.a().verify(WHOLE).rule();
        pair.untilHeld();
        PairCommand promotion = pair.a().ask(CommandKind.PROMOTE);
        pair.release();
        assertThat(promotion.rule()).isEqualTo("up-to-date");
        pair.until("the end", () -> !pair.a().verifyReport().running());
        requireFound(pair.a());
        pair.a().demote();
        pair.a().verified(true);
    }

    @Test
    void aReadErrorOfThePeerEndsIt() {
        endsApart();
        Pair pair = inSync();
        pair.b().failNext(DiskFault.READ);
        pair.a().verify(WHOLE).rule();
        pair.until("the end", () -> !pair.a().verifyReport().running());
        assertThat(pair.a().verifyReport().outcome()).contains("the peer could not read its disk");
        assertThat(pair.b().disk()).isEqualTo(DiskState.DISKLESS);
        pair.a().write(1);
    }

    @Test
    void aReadErrorHereEndsItAndAClientsReadMendsTheSpot() {
        Pair pair = inSync();
        pair.a().spoil(100);
        pair.a().verify(WHOLE).rule();
        pair.until("the end", () -> !pair.a().verifyReport().running());
        assertThat(pair.a().verifyReport().outcome()).contains("this node could not read");
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.a().readAll();
        assertThat(pair.a().spoiled(100)).isFalse();
    }

    @Test
    void aShutdownEndsIt() {
        Pair pair = inSync();
        pair.holdFrom(FrameType.VERIFY_RESULT, 1);
        pair.a().verify(WHOLE).rule();
        pair.untilHeld();
        pair.a().shutDown();
        pair.untilParted();
        pair.a().start();
    }
}
