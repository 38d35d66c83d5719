package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.EQUAL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad spots in the metadata: what is damaged is taken for the worst, never guessed (INV-08). */
class DamagedMetadataTest extends Scenario {
    private static final int BLOCKS_PER_PAGE = 31744;

    @Test
    @Shows(BITMAP_SELF)
    void theBlocksOfADamagedPageOfTheBitmapAreCopied() {
        int blocks = BLOCKS_PER_PAGE + 500;
        Pair pair = inSync(NodeSetup.DEFAULT.withBlocks(blocks));
        pair.cut();
        pair.a().write(7, BLOCKS_PER_PAGE + 3);
        pair.a().shutDown();
        pair.a().damageBitmapPage(1);
        pair.a().start();
        assertThat(pair.a().outOfSync()).isEqualTo(501);
        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(501).contains(7, BLOCKS_PER_PAGE + 3);
    }

    @Test
    @Shows(BITMAP_SELF)
    void theBlocksOfADamagedPageOfTheTargetsBitmapAreCopied() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(7);
        pair.b().shutDown();
        pair.b().damageBitmapPage(0);
        pair.b().start();
        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    @Test
    @Shows(EQUAL)
    void aDamagedPageOfABitmapThatWasEmptyCopiesNothing() {
        Pair pair = inSync();
        pair.b().shutDown();
        pair.b().damageBitmapPage(0);
        pair.untilParted();
        pair.mark();
        pair.b().start();
        assertThat(pair.b().outOfSync()).isEqualTo(256);
        pair.handshake(EQUAL);
        pair.untilInSync();
        pair.until("both have flushed", () -> pair.b().outOfSync() == 0);
        assertThat(pair.copied()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    @Shows(BITMAP_SELF)
    void ofTwoSlotsOneMayBeDamaged(int slot) {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(5, 6);
        pair.a().shutDown();
        var before = pair.a().superblock();
        pair.a().damageSlot(slot);
        assertThat(pair.a().superblock()).isEqualTo(before);
        pair.a().start();
        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(5, 6);
        // Both slots are good again.
        pair.a().shutDown();
        pair.a().damageSlot(1 - slot);
        pair.a().start();
    }

    @Test
    @Shows(CRASHED_SELF)
    void everythingIsCopiedToADeadPrimaryWhoseActivityLogIsDamaged() {
        Pair pair = inSync();
        pair.a().write(5);
        pair.a().kill();
        pair.a().damageActivityLog();
        pair.untilParted();
        pair.mark();
        pair.a().start();
        assertThat(pair.a().outOfSync()).isEqualTo(256);
        pair.handshake(CRASHED_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
        pair.a().promote();
        pair.a().write(9);
    }

    @Test
    @Shows(EQUAL)
    void aDamagedActivityLogOfANodeThatEndedInOrderDoesNotMatter() {
        Pair pair = inSync();
        pair.a().write(5);
        pair.a().demote();
        pair.a().shutDown();
        pair.a().damageActivityLog();
        pair.untilParted();
        pair.mark();
        pair.a().start();
        pair.handshake(EQUAL);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
        pair.a().promote();
        pair.a().write(9, 100);
        pair.quiet();
        pair.a().losePower();
        pair.a().start();
    }
}
