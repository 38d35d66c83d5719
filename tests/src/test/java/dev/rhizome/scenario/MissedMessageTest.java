package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.MISSED_FINISH_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.MISSED_START_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.Pair;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The two messages that make a resync begin and end for the peer, lost. DRBD's
 * resync-missed-end-no-bits, resync-finish2; its rules 34 to 37, 51 and 71.
 */
class MissedMessageTest extends Scenario {

    /** B lacks blocks 3 and 70 and has, by the end of the resync, got them; A has not heard. */
    private Pair missedFinish() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(3, 70);
        pair.loseAt(FrameType.SYNC_DONE, 1);
        pair.heal();
        pair.untilTrapped();
        assertThat(pair.b().disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(pair.a().outOfSyncBlocks()).containsExactly(3, 70);
        return pair;
    }

    @Test
    @Shows(MISSED_FINISH_SELF)
    void aSourceThatMissedTheEndAndWroteNothingFinishes() {
        Pair pair = missedFinish();
        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 70);
    }

    @Test
    @Shows(MISSED_FINISH_SELF)
    void aSourceThatMissedTheEndAndWroteAloneCopiesByBitmap() {
        Pair pair = missedFinish();
        pair.a().write(70, 200);
        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 70, 200);
    }

    @Test
    @Shows(MISSED_FINISH_SELF)
    void aSourceThatMissedTheEndWritesThroughSeveralGenerations() {
        Pair pair = missedFinish();
        pair.a().write(200);
        pair.loseAt(FrameType.SYNC_START, 1);
        pair.heal();
        pair.untilTrapped();
        pair.a().write(201);
        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 70, 200, 201);
    }

    @Test
    @Shows(MISSED_FINISH_SELF)
    void theEndMayBeMissedAgainAndAgain() {
        Pair pair = missedFinish();
        for (int again = 0; again < 3; again++) {
            pair.loseAt(FrameType.SYNC_DONE, 1);
            pair.heal();
            pair.handshake(MISSED_FINISH_SELF);
            pair.untilTrapped();
            pair.a().write(100 + again);
        }
        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 70, 100, 101, 102);
    }

    // resync-missed-end-no-bits
    @Test
    @Shows({CRASHED_PEER, MISSED_FINISH_SELF})
    void theEndOfAResyncOfNothingMayBeMissed() {
        Pair pair = inSync();
        pair.a().demote();
        pair.b().kill();
        pair.untilParted();
        pair.mark();
        pair.loseAt(FrameType.SYNC_DONE, 1);
        pair.b().start();
        pair.handshake(CRASHED_PEER);
        pair.untilTrapped();
        assertThat(pair.a().outOfSync()).isZero();

        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
    }

    @Test
    @Shows(BITMAP_PEER)
    void theTargetOfAMissedEndMayGoOnAlone() {
        Pair pair = missedFinish();
        pair.a().demote();
        pair.b().promote();
        pair.b().write(150);
        pair.heal();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 70, 150);
        pair.b().readAll();
    }

    @Test
    @Shows(MISSED_FINISH_SELF)
    void theTargetOfAMissedEndThatServesIsTheSource() {
        Pair pair = missedFinish();
        pair.a().demote();
        pair.b().promote();
        pair.b().readAll();
        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        assertThat(pair.a().handshake().decision().verdict().target()).isTrue();
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 70);
    }

    @Test
    @Shows(MISSED_START_SELF)
    void aStartThatTheTargetMissedIsRepeated() {
        Pair pair = missedStart();
        pair.heal();
        pair.handshake(MISSED_START_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(3, 70);
    }

    /** B serves, is the source, and A, which has the same generation, has not heard of it. */
    private Pair missedStart() {
        Pair pair = missedFinish();
        pair.a().demote();
        pair.b().promote();
        pair.loseAt(FrameType.SYNC_START, 1);
        pair.heal();
        pair.handshake(MISSED_FINISH_SELF);
        pair.untilTrapped();
        return pair;
    }

    @Test
    @Shows(BITMAP_SELF)
    void aStartThatIsMissedBeforeAnythingWasWrittenIsRepeated() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(3, 70);
        for (int again = 0; again < 3; again++) {
            pair.loseAt(FrameType.SYNC_START, 1);
            pair.heal();
            pair.handshake(BITMAP_SELF);
            pair.untilTrapped();
            assertThat(pair.b().disk()).isEqualTo(DiskState.OUTDATED);
            pair.a().write(100 + again);
        }
        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(Set.of(3, 70, 100, 101, 102));
    }
}
