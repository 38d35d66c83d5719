package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_ONE_PRIMARY;
import static dev.rhizome.core.handshake.HandshakeRule.MISSED_FINISH_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.SPLIT_BRAIN_HISTORY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import org.junit.jupiter.api.Test;

/** What scenarios have found, each with what it would have cost. */
class FoundByScenarioTest extends Scenario {

    /**
     * Data loss: a source that copies everything sets its bits only after SYNC_READY. If it is lost
     * before, the target has the source's bitmap generation by then, and the next copy goes by a
     * bitmap that knows nothing.
     */
    @Test
    void aNewDiskInPlaceOfADeadOneIsFilledAlthoughTheLinkIsLostAfterTheStart() {
        Pair pair = inSync();
        pair.b().shutDown();
        pair.b().putBlankDisk();
        pair.loseAt(FrameType.SYNC_READY, 1);
        pair.b().start();
        pair.untilTrapped();
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    /** The same: the source dies in that moment. */
    @Test
    void aNewDiskInPlaceOfADeadOneIsFilledAlthoughTheSourceDiesAfterTheStart() {
        Pair pair = inSync();
        pair.a().demote();
        pair.b().shutDown();
        pair.b().putBlankDisk();
        pair.holdFrom(FrameType.SYNC_READY, 1);
        pair.b().start();
        pair.untilHeld();
        pair.a().losePower();
        pair.untilParted();
        pair.mark();
        pair.a().start();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    /** The same with data that is in the source's history. */
    @Test
    void anOldDiskThatIsPutBackIsCopiedWholeAlthoughTheLinkIsLostAfterTheStart() {
        Pair pair = inSync();
        pair.b().shutDown();
        pair.a().write(6);
        pair.b().putBlankDisk();
        pair.b().start();
        pair.untilInSync();
        pair.b().shutDown();
        pair.a().write(7, 9);
        pair.b().putOldDiskBack();
        pair.cutAfter(FrameType.SYNC_START, 1);
        pair.b().start();
        pair.untilTrapped();
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    /** The same with a split brain that has no common start. */
    @Test
    void aFullCopyThatResolvesASplitBrainIsWholeAlthoughTheLinkIsLostAfterTheStart() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(3, 70);
        pair.loseAt(FrameType.SYNC_DONE, 1);
        pair.heal();
        pair.untilTrapped();
        pair.a().write(5);
        pair.b().promote();
        pair.b().write(6);
        pair.b().demote();
        pair.heal();
        pair.handshake(SPLIT_BRAIN_HISTORY);
        pair.untilParted();
        pair.loseAt(FrameType.SYNC_READY, 1);
        pair.b().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.a().must(CommandKind.CONNECT);
        pair.untilTrapped();
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    /** DRBD makes an exception of rr-conflict for a Primary whose disk is Inconsistent. */
    @Test
    void aTargetThatIsPrimaryGoesOnAfterAFlapOfTheLink() {
        Pair pair = copyingToB();
        PairNode b = pair.b();
        b.promote();
        b.write(200);
        requireTarget(b);
        pair.cut();
        assertThat(b.role()).isEqualTo(Role.PRIMARY);
        assertThat(b.disk()).isEqualTo(DiskState.INCONSISTENT);
        assertThat(b.begin(Operation.READ, 0, 1).status()).isEqualTo(IoStatus.NO_DATA);
        assertThat(b.begin(Operation.WRITE, 7, 1).status()).isNotEqualTo(IoStatus.OK);

        pair.heal();
        pair.untilInSync();
        b.readAll();
    }

    private Pair copyingToB() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 256, 2));
        pair.a().demote();
        pair.heal();
        pair.until("a checkpoint", () -> pair.a().outOfSync() < 128);
        return pair;
    }

    private static void requireTarget(PairNode node) {
        assertThat(node.state().replication()).isEqualTo(ReplicationState.SYNC_TARGET);
    }

    /**
     * DRBD's rules 51 and 71 undo the lost start and go by the bitmap. That would be wrong if an
     * older disk with the same generation were put back meanwhile, so everything is copied.
     */
    @Test
    void aStartThatACrashedTargetMissedCostsAFullCopyAfterAWrite() {
        Pair pair = inSync();
        pair.b().kill();
        pair.untilParted();
        pair.mark();
        pair.loseAt(FrameType.SYNC_START, 1);
        pair.b().start();
        pair.handshake(CRASHED_ONE_PRIMARY);
        pair.untilTrapped();
        pair.a().write(9);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    @Test
    void aStartThatTheTargetMissedCostsAFullCopyAfterAWrite() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(3, 70);
        pair.loseAt(FrameType.SYNC_DONE, 1);
        pair.heal();
        pair.untilTrapped();
        pair.a().demote();
        pair.b().promote();
        pair.loseAt(FrameType.SYNC_START, 1);
        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        pair.untilTrapped();
        pair.b().write(9);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    /** A second promotion that a shutdown gave up took away the mark that the first had made. */
    @Test
    void aPrimaryKeepsItsMarkWhileItIsOne() {
        Pair pair = inSync();
        pair.cut();
        PairNode a = pair.a();
        a.write(3);
        a.begin(Operation.WRITE, 7, 1);
        a.ask(CommandKind.PROMOTE);
        a.ask(CommandKind.SHUTDOWN);
        pair.until(
                "demoted",
                () -> {
                    boolean primary = a.role() == Role.PRIMARY;
                    assertThat(primary && !a.superblock().has(Flag.PRIMARY_INDICATOR)).isFalse();
                    return !primary;
                });
        a.losePower();
        a.start();
    }
}
