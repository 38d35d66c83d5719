package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.EQUAL;
import static dev.rhizome.core.handshake.HandshakeRule.MISSED_FINISH_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.Pair;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The link is lost in every phase of handshake and resync. DRBD's connect-abort,
 * resync-interrupt-variants, resync-multiple-interrupt, resync-missed-end-no-bits, resync-finish.
 */
class ResyncInterruptTest extends Scenario {
    private static final int[] WRITTEN = blocks(0, 80, 2);

    private static Set<Integer> written() {
        return Arrays.stream(WRITTEN).boxed().collect(Collectors.toCollection(TreeSet::new));
    }

    /** B lacks {@link #WRITTEN}, and the link is down. */
    private Pair outage() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(WRITTEN);
        return pair;
    }

    static Stream<Arguments> phases() {
        return Stream.of(
                Arguments.of(FrameType.HELLO, 1, BITMAP_SELF),
                Arguments.of(FrameType.HELLO, 2, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_START, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_READY, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_BITMAP_REQUEST, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_BITMAP, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_RECORDED, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_WRITE, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_WRITE, 20, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_WRITE, 40, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_ACK, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_ACK, 20, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_ACK, 40, BITMAP_SELF),
                Arguments.of(FrameType.FLUSH, 1, BITMAP_SELF),
                Arguments.of(FrameType.FLUSH_ACK, 1, BITMAP_SELF),
                Arguments.of(FrameType.FLUSH, 3, BITMAP_SELF),
                Arguments.of(FrameType.FLUSH_ACK, 3, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_FINISH, 1, BITMAP_SELF),
                Arguments.of(FrameType.SYNC_DONE, 1, MISSED_FINISH_SELF));
    }

    @ParameterizedTest(name = "{0} {1} is lost")
    @MethodSource("phases")
    void aResyncGoesOnAfterAFrameWasLost(FrameType type, int nth, HandshakeRule next) {
        Pair pair = outage();
        pair.loseAt(type, nth);
        goOn(pair, next);
    }

    @ParameterizedTest(name = "the link breaks after {0} {1}")
    @MethodSource("phases")
    void aResyncGoesOnAfterTheLinkBroke(FrameType type, int nth, HandshakeRule next) {
        Pair pair = outage();
        pair.cutAfter(type, nth);
        // What SYNC_FINISH leads to is that the target has all; what SYNC_DONE leads to is the end.
        HandshakeRule expected =
                switch (type) {
                    case SYNC_FINISH -> MISSED_FINISH_SELF;
                    case SYNC_DONE -> EQUAL;
                    default -> next;
                };
        goOn(pair, expected);
    }

    private static void goOn(Pair pair, HandshakeRule next) {
        pair.heal();
        pair.untilTrapped();
        Set<Integer> left = pair.a().outOfSyncBlocks();
        assertThat(left).as("at most what was written").isSubsetOf(written());

        pair.heal();
        pair.handshake(next);
        pair.untilInSync();
        if (next != EQUAL) {
            assertThat(pair.copied()).as("what no checkpoint has recorded").isEqualTo(left);
        }
        assertThat(pair.a().outOfSync()).isZero();
        assertThat(pair.b().outOfSync()).isZero();
        pair.a().readAll();
    }
}
