package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.EQUAL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import org.junit.jupiter.api.Test;

/**
 * Both nodes live on, the link between them does not; or one of them is shut down in order. DRBD's
 * resync, brief-resync-oos, unstable-retry, uuid-disconnect-resync, lost-primary-after-no-writes.
 */
class OutageTest extends Scenario {

    @Test
    @Shows(BITMAP_SELF)
    void aShortOutageCopiesExactlyWhatWasChangedMeanwhile() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.cut();
        a.write(3, 77, 200, 77);
        a.begin(Operation.TRIM, 10, 2).done();
        a.begin(Operation.ZERO, 20, 1).done();
        a.read(0, 64);
        assertThat(a.outOfSync()).isEqualTo(6);

        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 10, 11, 20, 77, 200);
        assertThat(pair.b().replica().resyncedBytes()).isEqualTo((256 + 6) * 4096L);
        assertThat(a.outOfSync()).isZero();
        assertThat(a.generations().bitmap()).isEqualTo(Generations.NONE);
    }

    @Test
    @Shows(EQUAL)
    void aFlapOfAQuietLinkCopiesNothingAndMakesNoGeneration() {
        Pair pair = inSync();
        Generations before = pair.a().generations();
        for (int flap = 0; flap < 3; flap++) {
            pair.cut();
            pair.heal();
            pair.handshake(EQUAL);
            pair.untilInSync();
        }
        assertThat(pair.copied()).isEmpty();
        assertThat(pair.a().generations()).isEqualTo(before);
        assertThat(pair.b().generations()).isEqualTo(before);
    }

    @Test
    @Shows(EQUAL)
    void aFlapAfterWritesThatAreNotFlushedFlushesAndCopiesNothing() {
        Pair pair = inSync();
        pair.a().write(1, 2, 90);
        Generations before = pair.a().generations();
        pair.cut();
        assertThat(pair.a().outOfSyncBlocks()).containsExactly(1, 2, 90);

        pair.heal();
        pair.handshake(EQUAL);
        pair.untilInSync();
        pair.until("both have flushed", () -> pair.a().outOfSync() == 0);
        assertThat(pair.copied()).isEmpty();
        assertThat(pair.a().generations()).isEqualTo(before);
        pair.b().losePower();
        pair.b().start();
    }

    @Test
    void theNewGenerationIsMadeAtTheFirstWriteAlone() {
        Pair pair = inSync();
        Generations before = pair.a().generations();
        pair.cut();
        pair.a().readAll();
        pair.a().flush();
        assertThat(pair.a().generations()).isEqualTo(before);

        pair.a().write(5);
        Generations first = pair.a().generations();
        assertThat(first.current()).isNotEqualTo(before.current());
        assertThat(first.bitmap()).isEqualTo(before.current());
        pair.a().write(6);
        assertThat(pair.a().generations()).isEqualTo(first);
    }

    @Test
    @Shows(BITMAP_SELF)
    void aWriteThatDoesNotReachThePeerIsCopied() {
        flapWithAWriteInFlight(FrameType.WRITE);
    }

    @Test
    @Shows(BITMAP_SELF)
    void aWriteWhoseAcknowledgementIsLostIsCopied() {
        flapWithAWriteInFlight(FrameType.WRITE_ACK);
    }

    private void flapWithAWriteInFlight(FrameType lost) {
        Pair pair = inSync();
        pair.loseAt(lost, 1);
        PairRequest write = pair.a().begin(Operation.WRITE, 9, 3);
        pair.untilTrapped();
        write.done();
        assertThat(pair.a().outOfSyncBlocks()).containsExactly(9, 10, 11);

        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(9, 10, 11);
    }

    @Test
    @Shows(BITMAP_SELF)
    void aFlushThatThePeerDoesNotAnswerIsPutOnRecordWithWhatItCovers() {
        Pair pair = inSync();
        pair.a().write(30, 31);
        pair.loseAt(FrameType.FLUSH_ACK, 1);
        PairRequest flush = pair.a().begin(Operation.FLUSH, 0, 0);
        pair.untilTrapped();
        flush.done();

        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(30, 31);
    }

    // lost-primary-after-no-writes
    @Test
    @Shows(EQUAL)
    void aTakeoverWithoutWritesCopiesNothing() {
        Pair pair = inSync();
        Generations before = pair.a().generations();
        pair.a().write(1);
        pair.a().flush();
        pair.cut();
        pair.a().demote();
        pair.b().promote();
        pair.b().readAll();

        pair.heal();
        pair.handshake(EQUAL);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
        assertThat(pair.b().generations().current()).isEqualTo(before.current());
    }

    @Test
    @Shows(BITMAP_SELF)
    void aPrimaryThatIsDemotedWhileAloneIsStillTheSource() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(8, 9);
        pair.a().demote();
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);

        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(8, 9);
        pair.b().promote();
        pair.b().readAll();
    }

    @Test
    @Shows(BITMAP_SELF)
    void aSecondaryThatWasShutDownGetsWhatItHasMissed() {
        Pair pair = inSync();
        pair.a().write(1);
        pair.b().shutDown();
        pair.untilParted();
        pair.a().write(4, 5);
        pair.mark();

        pair.b().start();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        // The Primary cannot know that the peer flushed at its end what it had acknowledged.
        assertThat(pair.copied()).containsExactlyInAnyOrder(1, 4, 5);
    }

    @Test
    @Shows(EQUAL)
    void aSecondaryThatWasShutDownAndMissedNothingIsUpToDateAtOnce() {
        Pair pair = inSync();
        pair.b().shutDown();
        pair.untilParted();
        pair.mark();
        pair.b().start();
        assertThat(pair.b().disk()).isEqualTo(DiskState.CONSISTENT);
        pair.handshake(EQUAL);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
    }

    @Test
    @Shows(BITMAP_SELF)
    void aPrimaryThatIsShutDownAfterATimeAloneComesBackAsTheSource() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(4, 5);
        pair.a().shutDown();

        pair.a().start();
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.a().promote();
        pair.a().readAll();
        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(4, 5);
    }

    @Test
    @Shows(EQUAL)
    void aPairThatIsShutDownInOrderNeedsNothing() {
        Pair pair = inSync();
        pair.a().write(1, 2);
        pair.a().demote();
        pair.b().shutDown();
        pair.a().shutDown();
        pair.mark();
        pair.start();
        pair.handshake(EQUAL);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
        pair.b().promote();
    }

    // uuid-disconnect-resync
    @Test
    @Shows(BITMAP_SELF)
    void nodesThatWerePartedByCommandGoOnWhereTheyWere() {
        Pair pair = inSync();
        pair.b().must(CommandKind.DISCONNECT);
        pair.untilParted();
        pair.mark();
        pair.a().write(60);
        pair.b().must(CommandKind.CONNECT);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactly(60);
    }

    /** A node that does not know whether its peer went on must not be used. */
    @Test
    void aNodeThatStartsAloneWaitsForItsPeer() {
        Pair pair = inSync();
        pair.a().shutDown();
        pair.b().shutDown();
        pair.b().start();
        assertThat(pair.b().disk()).isEqualTo(DiskState.CONSISTENT);
        assertThat(pair.b().command(CommandKind.PROMOTE))
                .isEqualTo("no-up-to-date-data-consistent");
        assertThat(pair.b().command(CommandKind.PROMOTE_FORCE)).isEqualTo("forced");
        pair.b().write(3);
        pair.mark();
        pair.a().start();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactly(3);
    }
}
