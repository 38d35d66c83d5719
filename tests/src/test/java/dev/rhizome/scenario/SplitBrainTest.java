package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.DISCARD_BOTH;
import static dev.rhizome.core.handshake.HandshakeRule.SPLIT_BRAIN_BITMAP;
import static dev.rhizome.core.handshake.HandshakeRule.SPLIT_BRAIN_HISTORY;
import static dev.rhizome.core.handshake.HandshakeRule.UNRELATED_DATA;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.handshake.SplitBrain;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Both went on alone, and an operator decides. DRBD's split-brain. */
class SplitBrainTest extends Scenario {

    /** A has written 1 and 2, B has written 2, 3 and 4; both are Primary, the link is down. */
    private Pair bothWentOn() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(1, 2);
        pair.b().promote();
        pair.b().write(2, 3, 4);
        return pair;
    }

    private static void requireApart(Pair pair, HandshakeRule rule) {
        pair.handshake(rule);
        pair.untilParted();
        assertThat(pair.a().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        assertThat(pair.b().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        pair.mark();
    }

    private static SplitBrain splitBrain(PairNode node) {
        return Invariant.present(SplitBrain.of(node.handshake()), "test", "a split brain");
    }

    private static void connect(Pair pair) {
        pair.a().must(CommandKind.CONNECT);
        pair.b().must(CommandKind.CONNECT);
    }

    private static void discard(PairNode loser, PairNode winner) {
        assertThat(loser.command(CommandKind.CONNECT_DISCARD_MY_DATA))
                .isEqualTo("connect-discard-my-data");
        winner.must(CommandKind.CONNECT);
    }

    /** Who was Primary when, what each choice costs, and the commands: for a person. */
    @Test
    void aSplitBrainIsExplained() {
        endsApart();
        Pair pair = bothWentOn();
        pair.a().demote();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        SplitBrain found = splitBrain(pair.a());
        SplitBrain theirs = splitBrain(pair.b());
        assertThat(found.self()).isEqualTo(theirs.peer());
        assertThat(found.peer()).isEqualTo(theirs.self());
        assertThat(found.from()).isEqualTo(theirs.from()).isNotZero();
        assertThat(found.self().changedBlocks()).isEqualTo(2);
        assertThat(found.peer().changedBytes()).isEqualTo(3 * 4096);
        assertThat(found.self().story())
                .matches("was Primary from \\S+Z until \\S+Z, alone since \\S+Z");
        assertThat(found.peer().story()).matches("is Primary since \\S+Z, alone since \\S+Z");
        assertThat(found.choices("r0"))
                .containsExactly(
                        new SplitBrain.Choice(
                                "a",
                                "b",
                                "3 blocks (12 KiB) of b",
                                List.of(
                                        "rhizome secondary r0",
                                        "rhizome connect --discard-my-data r0"),
                                "rhizome connect r0"),
                        new SplitBrain.Choice(
                                "b",
                                "a",
                                "2 blocks (8 KiB) of a",
                                List.of("rhizome connect --discard-my-data r0"),
                                "rhizome connect r0"));
        assertThat(pair.a().events()).contains("split-brain");
        assertThat(pair.a().handlers())
                .containsExactly(Handler.INITIAL_SPLIT_BRAIN, Handler.SPLIT_BRAIN);
    }

    /** However often the nodes meet; and a Primary that died says so. */
    @Test
    void aSplitBrainIsToldOnce() {
        endsApart();
        Pair pair = bothWentOn();
        pair.a().kill();
        pair.a().start();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        connect(pair);
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        assertThat(pair.b().events().stream().filter("split-brain"::equals)).hasSize(1);
        assertThat(pair.b().handlers())
                .containsExactly(
                        Handler.AFTER_RESYNC_TARGET,
                        Handler.INITIAL_SPLIT_BRAIN,
                        Handler.SPLIT_BRAIN);
        assertThat(splitBrain(pair.a()).self().story()).contains("until it died");
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void aSplitBrainIsSeenOnBothNodesAndAgainOnEveryConnect() {
        endsApart();
        Pair pair = bothWentOn();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        connect(pair);
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        pair.a().demote();
        pair.b().demote();
        connect(pair);
        requireApart(pair, SPLIT_BRAIN_BITMAP);

        pair.a().shutDown();
        pair.b().losePower();
        pair.start();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        pair.a().promote();
        pair.a().readAll();
        pair.b().promote();
        pair.b().readAll();
        connect(pair);
        requireApart(pair, SPLIT_BRAIN_BITMAP);
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void theNodeWhoseDataIsDiscardedTakesWhatEitherHasChanged() {
        Pair pair = bothWentOn();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        assertThat(pair.b().command(CommandKind.CONNECT_DISCARD_MY_DATA))
                .isEqualTo("primary-keeps-its-data");
        pair.b().demote();
        discard(pair.b(), pair.a());
        pair.handshake(SPLIT_BRAIN_BITMAP);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(1, 2, 3, 4);
        pair.a().readAll();
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void anyOfTheTwoMayBeDiscarded() {
        Pair pair = bothWentOn();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        pair.a().demote();
        discard(pair.a(), pair.b());
        pair.handshake(SPLIT_BRAIN_BITMAP);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(1, 2, 3, 4);
        pair.b().readAll();
    }

    @Test
    @Shows({DISCARD_BOTH, SPLIT_BRAIN_BITMAP})
    void bothCannotBeDiscarded() {
        Pair pair = bothWentOn();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        pair.a().demote();
        pair.b().demote();
        pair.a().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.b().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        requireApart(pair, DISCARD_BOTH);

        // The word is used up.
        connect(pair);
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        discard(pair.b(), pair.a());
        pair.untilInSync();
    }

    @Test
    void theWordToDiscardIsVoidWithoutAConflict() {
        Pair pair = inSync();
        pair.a().demote();
        pair.cut();
        pair.a().promote();
        pair.a().write(1);
        pair.a().demote();
        pair.a().must(CommandKind.DISCONNECT);
        discard(pair.a(), pair.b());
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).containsExactly(1);

        // Nor does it outlive the agreement.
        pair.cut();
        pair.a().promote();
        pair.a().write(2);
        pair.b().promote();
        pair.b().write(3);
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        pair.b().demote();
        discard(pair.b(), pair.a());
        pair.untilInSync();
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void aDiscardThatIsInterruptedGoesOn() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 80, 2));
        pair.b().promote();
        pair.b().write(blocks(1, 80, 2));
        pair.b().demote();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        pair.cutAfter(FrameType.SYNC_WRITE, 2);
        discard(pair.b(), pair.a());
        pair.untilTrapped();
        pair.a().write(100);
        pair.b().losePower();
        pair.b().start();
        pair.heal();
        pair.untilInSync();
        pair.a().readAll();
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void theWordToDiscardSurvivesALossOfTheLinkBeforeTheResyncBegins() {
        Pair pair = bothWentOn();
        pair.b().demote();
        pair.heal();
        requireApart(pair, SPLIT_BRAIN_BITMAP);
        pair.loseAt(FrameType.SYNC_START, 1);
        discard(pair.b(), pair.a());
        pair.untilTrapped();
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(1, 2, 3, 4);
    }

    @Test
    @Shows(SPLIT_BRAIN_HISTORY)
    void aSplitBrainAfterAMissedEndIsSeenAndEndsWithAFullCopy() {
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
        requireApart(pair, SPLIT_BRAIN_HISTORY);
        connect(pair);
        requireApart(pair, SPLIT_BRAIN_HISTORY);

        discard(pair.b(), pair.a());
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
    }

    @Test
    @Shows(UNRELATED_DATA)
    void unrelatedDataNeverSyncsByItself() {
        Pair pair = fresh(NodeSetup.DEFAULT, NodeSetup.DEFAULT);
        PairNode a = pair.a();
        PairNode b = pair.b();
        a.fill(SEED);
        b.fill(0xB0B);
        a.start();
        a.must(CommandKind.PROMOTE_FORCE);
        a.write(1);
        a.shutDown();
        b.start();
        b.must(CommandKind.PROMOTE_FORCE);
        b.write(2);
        b.demote();
        a.start();
        requireApart(pair, UNRELATED_DATA);
        connect(pair);
        requireApart(pair, UNRELATED_DATA);
        b.promote();
        b.readAll();
        connect(pair);
        requireApart(pair, UNRELATED_DATA);

        discard(a, b);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
        b.readAll();
    }

    @Test
    @Shows(UNRELATED_DATA)
    void unrelatedDataEndsApart() {
        endsApart();
        Pair pair = fresh(NodeSetup.DEFAULT, NodeSetup.DEFAULT);
        pair.a().fill(SEED);
        pair.b().fill(0xB0B);
        pair.b().start();
        pair.b().must(CommandKind.PROMOTE_FORCE);
        pair.b().shutDown();
        pair.a().start();
        pair.a().must(CommandKind.PROMOTE_FORCE);
        pair.b().start();
        requireApart(pair, UNRELATED_DATA);
        pair.a().readAll();
    }
}
