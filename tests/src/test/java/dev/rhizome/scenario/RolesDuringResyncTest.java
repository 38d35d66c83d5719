package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import org.junit.jupiter.api.Test;

/**
 * Roles change while data is copied. DRBD's resync-target-primary, resync-target-promote,
 * resync-target-promote-interrupt, resync-source-becomes-target.
 */
class RolesDuringResyncTest extends Scenario {

    /** A, Secondary by now, copies every second block to B. */
    private Pair copying() {
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

    @Test
    void theTargetIsPromotedThroughItsPeer() {
        Pair pair = copying();
        PairNode b = pair.b();
        assertThat(b.command(CommandKind.PROMOTE)).isEqualTo("sync-target-through-peer");
        requireTarget(b);
        PairRequest notCopied = b.begin(Operation.READ, 240, 16);
        PairRequest write = b.begin(Operation.WRITE, 250, 4);
        PairRequest trim = b.begin(Operation.TRIM, 0, 4);
        PairRequest flush = b.begin(Operation.FLUSH, 0, 0);
        requireTarget(b);
        notCopied.done();
        write.done();
        trim.done();
        flush.done();
        b.read(0, 8);
        b.read(240, 16);
        pair.untilInSync();
        assertThat(b.role()).isEqualTo(Role.PRIMARY);
        b.readAll();
    }

    @Test
    void theTargetThatIsPrimaryWritesUntilTheResyncEndsAndAfter() {
        Pair pair = copying();
        pair.b().promote();
        for (int round = 0; !pair.b().established(); round++) {
            pair.b().begin(Operation.WRITE, round * 53 % 250, 3).done();
        }
        for (int round = 0; round < 10; round++) {
            pair.b().begin(Operation.WRITE, round * 41 % 250, 3).done();
        }
        pair.b().readAll();
    }

    // resync-target-promote-interrupt
    @Test
    void theTargetThatIsPrimaryLosesItsPeerAndServesNothingAlone() {
        Pair pair = copying();
        PairNode b = pair.b();
        b.promote();
        b.write(200);
        requireTarget(b);
        pair.cut();
        assertThat(b.role()).isEqualTo(Role.PRIMARY);
        assertThat(b.disk()).isEqualTo(DiskState.INCONSISTENT);
        assertThat(b.begin(Operation.READ, 0, 1).status()).isEqualTo(IoStatus.NO_DATA);
        assertThat(b.begin(Operation.WRITE, 7, 1).status()).isNotEqualTo(IoStatus.OK);

        b.demote();
        pair.heal();
        pair.untilInSync();
        b.promote();
        b.readAll();
    }

    @Test
    void thePeerOfATargetThatIsPrimaryTakesOverAfterALossOfTheLink() {
        Pair pair = copying();
        pair.b().promote();
        pair.b().write(200);
        pair.cut();
        pair.b().demote();
        pair.a().promote();
        pair.a().readAll();
        pair.a().write(1);
        pair.heal();
        pair.untilInSync();
        pair.a().readAll();
    }

    @Test
    void theTargetThatIsPrimaryDies() {
        Pair pair = copying();
        pair.b().promote();
        pair.b().write(200, 31);
        requireTarget(pair.b());
        pair.b().losePower();
        pair.untilParted();
        pair.a().promote();
        pair.a().readAll();
        pair.a().write(9);
        pair.mark();
        pair.b().start();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        pair.a().readAll();
    }

    @Test
    void thePromotionOfATargetWhoseSourceIsPrimaryIsRefused() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 256, 2));
        pair.heal();
        pair.until("some blocks are copied", () -> pair.copied().size() > 20);
        assertThat(pair.b().command(CommandKind.PROMOTE)).isEqualTo("peer-refuses");
        pair.a().write(200);
    }

    // resync-source-becomes-target
    @Test
    @Shows(BITMAP_PEER)
    void theSourceBecomesTheTargetOfItsOldTarget() {
        Pair pair = copying();
        pair.b().promote();
        pair.b().write(9);
        pair.untilInSync();
        pair.b().flush();
        pair.cut();
        pair.b().write(3, 4);
        pair.heal();
        pair.handshake(BITMAP_PEER);
        pair.until("A takes blocks", () -> pair.copied().size() == 2);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 4);
    }

    @Test
    void theSourceIsDemotedAndPromotedAgainWhileItCopies() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 256, 2));
        pair.heal();
        pair.until("some blocks are copied", () -> pair.copied().size() > 20);
        pair.a().demote();
        pair.a().promote();
        pair.a().write(100, 101);
        assertThat(pair.a().state().replication()).isEqualTo(ReplicationState.SYNC_SOURCE);
    }

    @Test
    void aTargetIsNotToBeUsedWithoutItsSource() {
        Pair pair = copying();
        pair.cut();
        assertThat(pair.b().command(CommandKind.PROMOTE))
                .isEqualTo("no-up-to-date-data-inconsistent");
        pair.b().shutDown();
        pair.b().start();
        assertThat(pair.b().disk()).isEqualTo(DiskState.INCONSISTENT);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSizeLessThan(128);
    }

    @Test
    void aShutdownOfTheTargetInTheMiddle() {
        Pair pair = copying();
        pair.b().shutDown();
        pair.untilParted();
        pair.mark();
        pair.b().start();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSizeLessThan(128);
    }

    @Test
    void aShutdownOfTheSourceInTheMiddle() {
        Pair pair = copying();
        pair.a().shutDown();
        pair.untilParted();
        pair.mark();
        pair.a().start();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSizeLessThan(128);
    }

    @Test
    void thePromotionOfATargetFallsIntoTheEndOfTheResync() {
        Pair pair = copying();
        pair.holdFrom(FrameType.SYNC_FINISH, 1);
        pair.untilHeld();
        var promotion = pair.b().ask(CommandKind.PROMOTE);
        pair.release();
        assertThat(promotion.rule()).isIn("up-to-date", "sync-target-through-peer");
        pair.b().write(1);
        pair.untilInSync();
        pair.b().readAll();
    }
}
