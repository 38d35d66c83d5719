package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.SPLIT_BRAIN_BITMAP;
import static dev.rhizome.core.handshake.HandshakeRule.TARGET_PREPARES_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.TARGET_PREPARES_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.TargetSettings;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import org.junit.jupiter.api.Test;

/** What is done before a node's data is replaced. INV-21, keep-discarded, before-resync-target. */
class TargetPreparationTest extends Scenario {
    private static final TargetSettings KEEPS = new TargetSettings(false, true);
    private static final TargetSettings ASKS = new TargetSettings(true, false);

    /** A has written 1 and 2, B has written 2, 3 and 4; both have found out, and B is Secondary. */
    private Pair splitBrain(TargetSettings settings) {
        Pair pair = inSync(NodeSetup.DEFAULT.with(settings));
        pair.cut();
        pair.a().write(1, 2);
        pair.b().promote();
        pair.b().write(2, 3, 4);
        pair.b().demote();
        pair.heal();
        pair.untilParted();
        return pair;
    }

    private static void discard(Pair pair) {
        pair.b().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.a().must(CommandKind.CONNECT);
        pair.handshake(TARGET_PREPARES_PEER);
        pair.until("a question", pair.b()::preparationAsked);
    }

    @Test
    @Shows(TARGET_PREPARES_SELF)
    void whatIsDiscardedIsKeptFirstAndThePeersClientsDoNotWait() {
        Pair pair = splitBrain(KEEPS);
        discard(pair);
        assertThat(pair.b().keeps()).isTrue();
        assertThat(pair.b().state().connection()).isNotEqualTo(ConnectionState.CONNECTED);
        pair.a().write(7);
        assertThat(pair.b().outOfSyncBlocks()).contains(2, 3, 4);
        pair.b().preparationEnds(true);
        pair.untilInSync();
        assertThat(pair.copied()).contains(1, 2, 3, 4, 7);
        pair.a().readAll();
    }

    @Test
    @Shows(TARGET_PREPARES_SELF)
    void whatCannotBeKeptIsNotDiscarded() {
        Pair pair = splitBrain(KEEPS);
        discard(pair);
        pair.b().preparationEnds(false);
        PairNode b = pair.b();
        pair.until("StandAlone", () -> b.state().connection() == ConnectionState.STAND_ALONE);
        assertThat(b.state().connectionReason()).isEqualTo("as planned");
        assertThat(b.events()).contains("target-not-prepared");
        // The operator's word is forgotten with it.
        b.must(CommandKind.CONNECT);
        pair.handshake(SPLIT_BRAIN_BITMAP);
        pair.untilParted();
        discard(pair);
        pair.b().preparationEnds(true);
        pair.untilInSync();
    }

    /** What was kept is not what its clients have changed since. */
    @Test
    @Shows(TARGET_PREPARES_SELF)
    void aNodeThatIsPromotedMeanwhileKeepsAnew() {
        Pair pair = splitBrain(KEEPS);
        discard(pair);
        PairNode b = pair.b();
        pair.quietLink();
        pair.cut();
        b.preparationEnds(true);
        b.promote();
        b.write(9);
        b.demote();
        pair.heal();
        // A promotion ends the operator's word.
        pair.handshake(SPLIT_BRAIN_BITMAP);
        pair.untilParted();
        discard(pair);
        b.preparationEnds(true);
        pair.untilInSync();
    }

    @Test
    @Shows(TARGET_PREPARES_SELF)
    void aProgramIsAskedBeforeAnyWholeDataIsReplaced() {
        Pair pair = inSync(NodeSetup.DEFAULT.with(ASKS));
        pair.cut();
        pair.a().write(1);
        pair.heal();
        pair.handshake(TARGET_PREPARES_PEER);
        pair.until("a question", pair.b()::preparationAsked);
        assertThat(pair.b().keeps()).isFalse();
        assertThat(pair.a().preparationAsked()).isFalse();
        pair.b().preparationEnds(true);
        pair.untilInSync();
        assertThat(pair.copied()).contains(1);
    }

    /** It may be asked again: nothing has been replaced. */
    @Test
    void aNodeThatDiesMeanwhileIsAskedAgain() {
        Pair pair = inSync(NodeSetup.DEFAULT.with(ASKS));
        pair.cut();
        pair.a().write(1);
        pair.heal();
        pair.until("a question", pair.b()::preparationAsked);
        pair.b().kill();
        pair.b().start();
        pair.until("a question", pair.b()::preparationAsked);
        pair.b().preparationEnds(true);
        pair.untilInSync();
    }

    @Test
    void aCopyThatAPolicyHasDecidedOnIsPreparedToo() {
        Pair pair =
                inSync(
                        NodeSetup.DEFAULT
                                .with(KEEPS)
                                .with(
                                        ConflictPolicies.DISCONNECT.with(
                                                AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES)));
        pair.cut();
        pair.a().write(1);
        pair.b().promote();
        pair.b().write(2, 3);
        pair.a().demote();
        pair.b().demote();
        pair.heal();
        pair.until("a question", pair.a()::preparationAsked);
        assertThat(pair.a().keeps()).isTrue();
        pair.a().preparationEnds(true);
        pair.untilInSync();
        assertThat(pair.copied()).contains(1, 2, 3);
    }

    @Test
    void anOperatorWhoDisconnectsMeanwhileIsHeard() {
        Pair pair = splitBrain(KEEPS);
        discard(pair);
        pair.b().must(CommandKind.DISCONNECT);
        pair.untilParted();
        pair.b().preparationEnds(true);
        pair.quietLink();
        assertThat(pair.b().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        // The word was taken back with it, but what was kept stays kept.
        pair.b().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.untilInSync();
    }
}
