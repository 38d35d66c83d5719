package dev.rhizome.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The Primary goes on while its data is copied. DRBD's write-during-resync,
 * resync-write-during-pause, resync-discard, busy-resync, busy-resync-start.
 */
class WriteDuringResyncTest extends Scenario {
    private static final int[] WRITTEN = blocks(0, 120, 2);

    /** Some blocks are copied, some on their way, some not begun. */
    private Pair halfWay() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(WRITTEN);
        pair.holdFrom(FrameType.SYNC_WRITE, 10);
        pair.heal();
        pair.untilHeld();
        assertThat(pair.copied()).hasSize(9);
        assertThat(pair.heldBlocks()).isNotEmpty();
        return pair;
    }

    private static int first(Set<Integer> blocks) {
        return new TreeSet<>(blocks).first();
    }

    @ParameterizedTest
    @EnumSource(
            value = Operation.class,
            names = {"WRITE", "TRIM", "ZERO"})
    void aChangeOfABlockThatIsCopiedAlready(Operation operation) {
        Pair pair = halfWay();
        changeAndGoOn(pair, operation, first(pair.copied()), 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Operation.class,
            names = {"WRITE", "TRIM", "ZERO"})
    void aChangeOfABlockThatIsBeingCopied(Operation operation) {
        Pair pair = halfWay();
        changeAndGoOn(pair, operation, first(pair.heldBlocks()), 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Operation.class,
            names = {"WRITE", "TRIM", "ZERO"})
    void aChangeOfABlockThatIsNotCopiedYet(Operation operation) {
        Pair pair = halfWay();
        changeAndGoOn(pair, operation, 118, 1);
    }

    @ParameterizedTest
    @EnumSource(
            value = Operation.class,
            names = {"WRITE", "TRIM", "ZERO"})
    void aChangeOfAllOfThem(Operation operation) {
        Pair pair = halfWay();
        changeAndGoOn(pair, operation, 0, 128);
    }

    private static void changeAndGoOn(Pair pair, Operation operation, int block, int count) {
        PairNode a = pair.a();
        PairRequest change = a.begin(operation, block, count);
        pair.release();
        change.done();
        a.read(0, 128);
        pair.untilInSync();
        a.read(0, 128);
        a.flush();
        pair.quiet();
        assertThat(a.outOfSync()).isZero();
    }

    @Test
    void manyChangesOfTheSameBlocksWhileTheyAreCopied() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(WRITTEN);
        pair.heal();
        List<PairRequest> open = new ArrayList<>();
        Operation[] operations = {Operation.WRITE, Operation.ZERO, Operation.TRIM};
        for (int round = 0; round < 300; round++) {
            Operation operation = operations[round % 7 % 3];
            open.add(pair.a().begin(operation, round * 37 % 120, 1 + round % 9));
            if (round % 5 == 4) {
                open.get(open.size() - 3).done();
            }
        }
        open.forEach(PairRequest::done);
        pair.untilInSync();
        pair.a().readAll();
    }

    @Test
    void writesDuringAFullCopy() {
        Pair pair = fresh(NodeSetup.DEFAULT, NodeSetup.DEFAULT);
        pair.a().fill(SEED);
        pair.start();
        pair.a().must(CommandKind.PROMOTE_FORCE);
        for (int round = 0; round < 40; round++) {
            pair.a().begin(Operation.WRITE, round * 61 % 250, 6).done();
        }
        pair.untilInSync();
        pair.a().readAll();
    }

    // busy-resync-start
    @Test
    void writesThatWaitForTheAgreementAreDoneAfterIt() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(1, 2);
        pair.holdFrom(FrameType.SYNC_READY, 1);
        pair.heal();
        pair.untilHeld();
        PairRequest write = pair.a().begin(Operation.WRITE, 2, 2);
        PairRequest flush = pair.a().begin(Operation.FLUSH, 0, 0);
        pair.a().read(0, 10);
        assertThat(write.answered()).isFalse();
        assertThat(flush.answered()).isFalse();
        pair.release();
        write.done();
        flush.done();
    }

    @Test
    void aResyncThatIsInterruptedUnderWritesCopiesThemToo() {
        Pair pair = halfWay();
        PairRequest early = pair.a().begin(Operation.WRITE, first(pair.heldBlocks()), 1);
        PairRequest late = pair.a().begin(Operation.WRITE, 119, 3);
        pair.cut();
        early.done();
        late.done();
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).contains(119, 120, 121);
        pair.a().readAll();
    }

    // resync-multiple-interrupt
    @Test
    void aResyncThatIsInterruptedManyTimesEnds() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 256, 2));
        long before = pair.a().outOfSync();
        for (int interrupt = 1; interrupt <= 12; interrupt++) {
            pair.cutAfter(FrameType.SYNC_ACK, 12);
            pair.heal();
            pair.untilTrapped();
            if (interrupt % 3 == 0) {
                pair.a().write(interrupt);
            }
            assertThat(pair.a().outOfSync()).isLessThanOrEqualTo(before + interrupt);
        }
        pair.heal();
        pair.untilInSync();
        assertThat(pair.a().state().replication()).isEqualTo(ReplicationState.ESTABLISHED);
    }

    /** What INV-06 promises of a target that has just got a block, and loses power. */
    @Test
    void aTargetThatLosesPowerBetweenAMirroredWriteAndAFlushGetsItAgain() {
        Pair pair = halfWay();
        PairRequest write = pair.a().begin(Operation.WRITE, 200, 2);
        pair.release();
        write.done();
        pair.b().losePower();
        pair.untilParted();
        pair.mark();
        pair.b().start();
        pair.untilInSync();
        assertThat(pair.copied()).contains(200, 201);
    }
}
