package dev.rhizome.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.DiskFault;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A resync that compares first, and copies what differs. */
class ChecksumResyncTest extends Scenario {
    private static final NodeSetup SETUP = NodeSetup.DEFAULT.withChecksums();

    /** Two disks with the same data, but for some blocks of B; all of it is to be copied. */
    private Pair alike(int... different) {
        Pair pair = fresh(SETUP, SETUP);
        pair.a().fill(SEED);
        pair.b().fill(SEED);
        pair.b().corrupt(different);
        pair.start();
        return pair;
    }

    private static void copyAll(Pair pair) {
        pair.a().must(CommandKind.PROMOTE_FORCE);
        pair.untilInSync();
    }

    private static void requireSame(PairNode node, int blocks) {
        assertThat(node.replica().resyncSameBytes()).isEqualTo(blocks * 4096L);
        assertThat(node.replica().resyncedBytes()).isEqualTo((256 - blocks) * 4096L);
    }

    @Test
    void nothingIsCopiedOfTwoDisksThatAreTheSame() {
        Pair pair = alike();
        copyAll(pair);
        assertThat(pair.copied()).isEmpty();
        requireSame(pair.a(), 256);
        requireSame(pair.b(), 256);
    }

    @Test
    void onlyTheRunsThatDifferAreCopied() {
        Pair pair = alike(0, 5, 7, 8, 9, 31, 32, 255);
        copyAll(pair);
        assertThat(pair.copied()).containsExactlyInAnyOrder(0, 5, 7, 8, 9, 31, 32, 255);
        requireSame(pair.a(), 248);
        requireSame(pair.b(), 248);
    }

    @Test
    void aRangeThatDiffersAsAWholeIsCopiedAsAWhole() {
        Pair pair = alike(blocks(32, 64, 1));
        pair.a().must(CommandKind.PROMOTE_FORCE);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(boxed(blocks(32, 64, 1)));
    }

    private static Integer[] boxed(int[] values) {
        return Arrays.stream(values).boxed().toArray(Integer[]::new);
    }

    @Test
    void zeroesAreComparedToo() {
        Pair pair = fresh(SETUP, SETUP);
        pair.b().corrupt(17);
        pair.start();
        copyAll(pair);
        assertThat(pair.copied()).containsExactly(17);
    }

    @Test
    void withoutTheOptionAllIsCopied() {
        Pair pair = fresh(NodeSetup.DEFAULT, NodeSetup.DEFAULT);
        pair.a().fill(SEED);
        pair.b().fill(SEED);
        pair.start();
        copyAll(pair);
        assertThat(pair.copied()).hasSize(256);
        requireSame(pair.a(), 0);
    }

    @Test
    void itGoesOnAfterALossOfTheLink() {
        Pair pair = alike(5, 70, 200);
        pair.loseAt(FrameType.SYNC_CHECKED, 3);
        pair.a().ask(CommandKind.PROMOTE_FORCE);
        pair.untilTrapped();
        pair.a().write(6, 201);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).contains(6, 201);
    }

    @Test
    void theSourcesWritesWaitForACheckAndAreMirrored() {
        Pair pair = alike(5);
        pair.holdFrom(FrameType.SYNC_CHECKED, 1);
        pair.a().must(CommandKind.PROMOTE_FORCE);
        pair.untilHeld();
        PairRequest write = pair.a().begin(Operation.WRITE, 4, 3);
        pair.release();
        write.done();
        pair.untilInSync();
        pair.a().readAll();
    }

    @Test
    void aTargetThatIsPrimaryOvertakesChecks() {
        Pair pair = inSync(SETUP);
        pair.cut();
        pair.a().write(blocks(0, 256, 2));
        pair.a().demote();
        pair.holdFrom(FrameType.SYNC_CHECK, 2);
        pair.heal();
        pair.untilHeld();
        PairNode b = pair.b();
        PairRequest write = null;
        var promotion = b.ask(CommandKind.PROMOTE);
        pair.release();
        assertThat(promotion.rule()).isEqualTo("sync-target-through-peer");
        for (int round = 0; !b.established(); round++) {
            write = b.begin(Operation.WRITE, round * 53 % 250, 3);
            write.done();
        }
        assertThat(write).isNotNull();
        b.readAll();
    }

    @Test
    void aTargetThatCannotReadLetsItsDiskGo() {
        Pair pair = alike(5);
        pair.holdFrom(FrameType.SYNC_CHECK, 1);
        pair.a().must(CommandKind.PROMOTE_FORCE);
        pair.untilHeld();
        pair.b().failNext(DiskFault.READ);
        pair.release();
        pair.until("the target has no disk", () -> !pair.b().replica().state().diskAttached());
        assertThat(pair.a().state().replication()).isNotEqualTo(ReplicationState.ESTABLISHED);
        pair.a().write(1);
        pair.b().kill();
        pair.b().start();
    }
}
