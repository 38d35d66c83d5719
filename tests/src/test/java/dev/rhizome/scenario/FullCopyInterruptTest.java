package dev.rhizome.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A full copy loses the link in each of its phases: what goes on afterwards may go by bitmap, so
 * that must know by then that everything differs.
 */
class FullCopyInterruptTest extends Scenario {
    private static final String PHASES =
            "SYNC_(START|READY|RECORDED|WRITE|ACK|FINISH|DONE)|FLUSH.*";
    private static final NodeSetup SETUP = NodeSetup.DEFAULT.withCheckpointBlocks(64);

    private static void lose(Pair pair, FrameType type, boolean after) {
        if (after) {
            pair.cutAfter(type, 1);
        } else {
            pair.loseAt(type, 1);
        }
    }

    private static void goOn(Pair pair) {
        pair.untilTrapped();
        pair.heal();
        pair.untilInSync();
        assertThat(pair.a().outOfSync()).isZero();
        assertThat(pair.b().outOfSync()).isZero();
    }

    private Pair adopting() {
        Pair pair = fresh(SETUP, SETUP);
        pair.a().fill(SEED);
        pair.b().fill(0xBAD);
        pair.a().start();
        pair.a().must(CommandKind.PROMOTE_FORCE);
        pair.a().write(7);
        return pair;
    }

    @ParameterizedTest
    @EnumSource(value = FrameType.class, mode = EnumSource.Mode.MATCH_ANY, names = PHASES)
    void toABlankDiskAFrameIsLost(FrameType type) {
        Pair pair = adopting();
        lose(pair, type, false);
        pair.b().start();
        goOn(pair);
    }

    @ParameterizedTest
    @EnumSource(value = FrameType.class, mode = EnumSource.Mode.MATCH_ANY, names = PHASES)
    void toABlankDiskTheLinkBreaksAfterAFrame(FrameType type) {
        Pair pair = adopting();
        lose(pair, type, true);
        pair.b().start();
        goOn(pair);
    }

    private Pair forced() {
        Pair pair = fresh(SETUP, SETUP);
        pair.a().fill(SEED);
        pair.b().fill(0xBAD);
        pair.start();
        pair.quiet();
        return pair;
    }

    @ParameterizedTest
    @EnumSource(value = FrameType.class, mode = EnumSource.Mode.MATCH_ANY, names = PHASES)
    void afterAPromotionByForceAFrameIsLost(FrameType type) {
        Pair pair = forced();
        lose(pair, type, false);
        pair.a().ask(CommandKind.PROMOTE_FORCE);
        goOn(pair);
    }

    @ParameterizedTest
    @EnumSource(value = FrameType.class, mode = EnumSource.Mode.MATCH_ANY, names = PHASES)
    void afterAPromotionByForceTheLinkBreaksAfterAFrame(FrameType type) {
        Pair pair = forced();
        lose(pair, type, true);
        pair.a().ask(CommandKind.PROMOTE_FORCE);
        goOn(pair);
    }

    /** B, with data of its own that has nothing in common with A's, is given up. */
    private Pair unrelated() {
        Pair pair = forced();
        pair.cut();
        pair.a().must(CommandKind.PROMOTE_FORCE);
        pair.a().write(7);
        pair.b().must(CommandKind.PROMOTE_FORCE);
        pair.b().write(9);
        pair.b().demote();
        pair.heal();
        pair.handshake(HandshakeRule.UNRELATED_DATA);
        pair.untilParted();
        return pair;
    }

    @ParameterizedTest
    @EnumSource(value = FrameType.class, mode = EnumSource.Mode.MATCH_ANY, names = PHASES)
    void overUnrelatedDataTheLinkBreaksAfterAFrame(FrameType type) {
        Pair pair = unrelated();
        lose(pair, type, true);
        pair.b().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.a().must(CommandKind.CONNECT);
        goOn(pair);
    }

    @ParameterizedTest
    @EnumSource(value = FrameType.class, mode = EnumSource.Mode.MATCH_ANY, names = PHASES)
    void overUnrelatedDataAFrameIsLost(FrameType type) {
        Pair pair = unrelated();
        lose(pair, type, false);
        pair.b().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.a().must(CommandKind.CONNECT);
        goOn(pair);
    }
}
