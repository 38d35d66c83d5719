package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.SPLIT_BRAIN_BITMAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.HandshakeReport;
import dev.rhizome.core.handshake.Resolution;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.Role;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Both went on alone, and a policy decides: A was Primary before they parted and changes blocks 1
 * and 2, B becomes Primary alone and changes as many blocks as the test says, from 10 on.
 */
class SplitBrainPolicyTest extends Scenario {
    private static final ConflictPolicies NONE = ConflictPolicies.DISCONNECT;

    private Pair bothWentOn(ConflictPolicies policies, int blocksOfB) {
        Pair pair = inSync(NodeSetup.DEFAULT.with(policies));
        pair.cut();
        pair.a().write(1, 2);
        pair.b().promote();
        for (int block = 0; block < blocksOfB; block++) {
            pair.b().write(10 + block);
        }
        // Alone, a flush is a new generation: what the peer has unflushed might get lost.
        pair.b().flush();
        return pair;
    }

    private static Resolution resolution(PairNode node) {
        HandshakeReport report = node.handshake();
        return report.decision().resolution();
    }

    private void requireWinner(Pair pair, String winner, Resolution resolution, int blocksOfB) {
        pair.handshake(SPLIT_BRAIN_BITMAP);
        assertThat(resolution(pair.a())).isEqualTo(resolution);
        assertThat(resolution(pair.b())).isEqualTo(resolution);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(2 + blocksOfB);
        PairNode winning = winner.equals("a") ? pair.a() : pair.b();
        if (winning.role() == Role.SECONDARY) {
            winning.promote();
        }
        winning.readAll();
    }

    @ParameterizedTest(name = "{0}, B changed {1} blocks: {2} wins by {3}")
    @CsvSource({
        "DISCARD_YOUNGER_PRIMARY, 3, a, DISCARD_YOUNGER_PRIMARY",
        "DISCARD_OLDER_PRIMARY, 1, b, DISCARD_OLDER_PRIMARY",
        "DISCARD_ZERO_CHANGES, 0, a, DISCARD_ZERO_CHANGES",
        "DISCARD_LEAST_CHANGES, 1, a, DISCARD_LEAST_CHANGES",
        "DISCARD_LEAST_CHANGES, 2, a, DISCARD_LEAST_CHANGES",
        "DISCARD_LEAST_CHANGES, 3, b, DISCARD_LEAST_CHANGES"
    })
    @Shows(SPLIT_BRAIN_BITMAP)
    void withoutAPrimary(
            AfterSplitBrain0Pri policy, int blocksOfB, String winner, Resolution resolution) {
        Pair pair = bothWentOn(NONE.with(policy), blocksOfB);
        pair.a().demote();
        pair.b().demote();
        pair.heal();
        requireWinner(pair, winner, resolution, blocksOfB);
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void zeroChangesDoNotDecideIfBothHaveChangedSomething() {
        endsApart();
        Pair pair = bothWentOn(NONE.with(AfterSplitBrain0Pri.DISCARD_ZERO_CHANGES), 1);
        pair.a().demote();
        pair.b().demote();
        pair.heal();
        requireApart(pair);
    }

    private static void requireApart(Pair pair) {
        pair.handshake(SPLIT_BRAIN_BITMAP);
        assertThat(resolution(pair.a())).isEqualTo(Resolution.NONE);
        pair.untilParted();
        assertThat(pair.a().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        assertThat(pair.b().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
    }

    @ParameterizedTest(name = "{0}, B changed {1} blocks: {2} wins by {3}")
    @CsvSource({
        "CONSENSUS, 1, a, CONSENSUS",
        "DISCARD_SECONDARY, 9, a, DISCARD_SECONDARY",
        "CALL_PRI_LOST_AFTER_SB, 1, a, CALL_PRI_LOST_AFTER_SB"
    })
    @Shows(SPLIT_BRAIN_BITMAP)
    void whileAIsPrimary(
            AfterSplitBrain1Pri policy, int blocksOfB, String winner, Resolution resolution) {
        Pair pair =
                bothWentOn(
                        NONE.with(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES).with(policy),
                        blocksOfB);
        pair.b().demote();
        pair.heal();
        requireWinner(pair, winner, resolution, blocksOfB);
        assertThat(pair.a().role()).isEqualTo(Role.PRIMARY);
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void thereIsNoConsensusIfThePrimaryHasChangedLess() {
        endsApart();
        Pair pair =
                bothWentOn(
                        NONE.with(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES)
                                .with(AfterSplitBrain1Pri.CONSENSUS),
                        5);
        pair.b().demote();
        pair.heal();
        requireApart(pair);
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void aPrimaryThatHasChangedLessIsDemoted() {
        Pair pair =
                bothWentOn(
                        NONE.with(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES)
                                .with(AfterSplitBrain1Pri.CALL_PRI_LOST_AFTER_SB),
                        5);
        pair.b().demote();
        pair.heal();
        pair.handshake(SPLIT_BRAIN_BITMAP);
        assertThat(resolution(pair.a())).isEqualTo(Resolution.CALL_PRI_LOST_AFTER_SB);
        pair.a().untilEvent("gave-way");
        assertThat(pair.a().role()).isEqualTo(Role.SECONDARY);
        assertThat(pair.a().handlers())
                .containsExactly(Handler.INITIAL_SPLIT_BRAIN, Handler.PRI_LOST_AFTER_SB);
        assertThat(pair.b().handlers()).doesNotContain(Handler.PRI_LOST_AFTER_SB);
        requireWinner(pair, "b", Resolution.DISCARD_LEAST_CHANGES, 5);
        assertThat(pair.a().handlers()).doesNotContain(Handler.SPLIT_BRAIN);
    }

    @ParameterizedTest(name = "B changed {0} blocks: {1} wins")
    @CsvSource({"5, b", "1, a"})
    @Shows(SPLIT_BRAIN_BITMAP)
    void ofTwoPrimariesTheOneThatHasChangedLessIsDemoted(int blocksOfB, String winner) {
        Pair pair =
                bothWentOn(
                        NONE.with(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES)
                                .with(AfterSplitBrain1Pri.DISCARD_SECONDARY)
                                .with(AfterSplitBrain2Pri.CALL_PRI_LOST_AFTER_SB),
                        blocksOfB);
        pair.heal();
        pair.handshake(SPLIT_BRAIN_BITMAP);
        PairNode loser = winner.equals("b") ? pair.a() : pair.b();
        loser.untilEvent("gave-way");
        assertThat(loser.role()).isEqualTo(Role.SECONDARY);
        requireWinner(pair, winner, Resolution.DISCARD_SECONDARY, blocksOfB);
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void twoPrimariesPartByDefault() {
        endsApart();
        Pair pair = bothWentOn(NONE.with(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES), 1);
        pair.heal();
        requireApart(pair);
        pair.a().write(1);
        pair.b().write(1);
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void anOperatorsWordGoesBeforeThePolicies() {
        Pair pair = bothWentOn(NONE.with(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES), 1);
        pair.a().demote();
        pair.b().demote();
        pair.a().must(CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.heal();
        requireWinner(pair, "b", Resolution.DISCARD_MY_DATA, 1);
    }
}
