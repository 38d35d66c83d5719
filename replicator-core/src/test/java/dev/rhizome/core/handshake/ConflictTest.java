package dev.rhizome.core.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.TestPair;
import dev.rhizome.core.TestPair.Answer;
import dev.rhizome.core.TestPair.Node;
import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import org.junit.jupiter.api.Test;

/** Conflicts between two whole engines, from the loss of the link to the end of the resync. */
class ConflictTest {
    private static final ConflictPolicies DEFAULT = ConflictPolicies.DISCONNECT;

    private static Answer command(Node node, CommandKind kind) {
        return Invariant.present(node.command(kind), "test", "an answer");
    }

    /** a was Primary before, b was promoted while alone; both wrote, and are Secondary now. */
    private static TestPair splitBrain(ConflictPolicies policies) {
        TestPair pair = bothPrimary(policies);
        command(pair.a(), CommandKind.DEMOTE);
        command(pair.b(), CommandKind.DEMOTE);
        return pair;
    }

    private static TestPair bothPrimary(ConflictPolicies policies) {
        TestPair pair = TestPair.inStep(policies);
        pair.cut();
        pair.a().write();
        command(pair.b(), CommandKind.PROMOTE);
        pair.b().write();
        return pair;
    }

    /** a is an idle Primary; b went on alone and is Secondary again: a holds older data. */
    private static TestPair olderPrimary(ConflictPolicies policies) {
        TestPair pair = TestPair.inStep(policies);
        pair.cut();
        command(pair.b(), CommandKind.PROMOTE);
        pair.b().write();
        command(pair.b(), CommandKind.DEMOTE);
        return pair;
    }

    private static HandshakeReport last(Node node) {
        return Invariant.present(node.replica().lastHandshake(), "test", "a handshake");
    }

    private static void assertInStep(TestPair pair) {
        for (Node node : new Node[] {pair.a(), pair.b()}) {
            assertThat(node.replica().state().replication())
                    .isEqualTo(ReplicationState.ESTABLISHED);
            assertThat(node.replica().state().diskUpToDate()).isTrue();
            assertThat(node.replica().superblock().has(Flag.PROMOTED_ALONE)).isFalse();
        }
        assertThat(pair.a().replica().superblock().generations().current())
                .isEqualTo(pair.b().replica().superblock().generations().current());
    }

    private static void assertParted(TestPair pair, HandshakeRule rule) {
        for (Node node : new Node[] {pair.a(), pair.b()}) {
            assertThat(node.replica().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
            assertThat(last(node).decision().rule()).isEqualTo(rule);
        }
    }

    // ---- an operator decides

    @Test
    void aSplitBrainPartsTheNodesAndNamesTheCommands() {
        TestPair pair = splitBrain(DEFAULT);
        pair.link();

        assertParted(pair, HandshakeRule.SPLIT_BRAIN_BITMAP);
        assertThat(pair.a().replica().state().connectionReason())
                .startsWith("split brain")
                .contains("rhizome connect --discard-my-data r0")
                .endsWith("rhizome connect r0");
        assertThat(last(pair.a()).selfGenerations())
                .isEqualTo(pair.a().replica().superblock().generations().asText())
                .isEqualTo(last(pair.b()).peerGenerations());
        assertThat(pair.a().events())
                .anySatisfy(
                        line ->
                                assertThat(line)
                                        .startsWith("handshake: split-brain-bitmap: ")
                                        .contains("verdict disconnect"));
    }

    @Test
    void discardMyDataResolvesIt() {
        TestPair pair = splitBrain(DEFAULT);
        pair.link();
        assertThat(command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA).rule())
                .isEqualTo("connect-discard-my-data");
        command(pair.b(), CommandKind.CONNECT);
        pair.link();

        assertInStep(pair);
        assertThat(last(pair.b()).decision())
                .isEqualTo(
                        new Decision(
                                Verdict.SOURCE_BITMAP,
                                HandshakeRule.SPLIT_BRAIN_BITMAP,
                                Resolution.DISCARD_MY_DATA));
    }

    @Test
    void thePrimaryMayStayOneWhileTheOtherGivesUpItsData() {
        TestPair pair = bothPrimary(DEFAULT);
        pair.link();
        command(pair.a(), CommandKind.DEMOTE);
        command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA);
        command(pair.b(), CommandKind.CONNECT);
        pair.link();

        assertInStep(pair);
        assertThat(pair.b().replica().state().role()).isEqualTo(Role.PRIMARY);
    }

    @Test
    void theWordIsUsedUpByTheResync() {
        TestPair pair = splitBrain(DEFAULT);
        command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.link();
        assertInStep(pair);

        command(pair.a(), CommandKind.PROMOTE);
        pair.cut();
        pair.a().write();
        command(pair.b(), CommandKind.PROMOTE);
        pair.b().write();
        command(pair.b(), CommandKind.DEMOTE);
        command(pair.a(), CommandKind.DEMOTE);
        pair.link();

        assertParted(pair, HandshakeRule.SPLIT_BRAIN_BITMAP);
    }

    @Test
    void theWordIsUsedUpByAnAgreementThatDidNotNeedIt() {
        TestPair pair = TestPair.inStep(DEFAULT);
        pair.cut();
        command(pair.b(), CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.link();
        assertInStep(pair);
        assertThat(last(pair.b()).peer().flags().discardMyData()).isFalse();
        assertThat(last(pair.b()).self().flags().discardMyData()).isTrue();

        pair.cut();
        pair.link();
        assertThat(last(pair.b()).self().flags().discardMyData()).isFalse();
    }

    /** Else a link that breaks at the wrong moment would cost the operator the command again. */
    @Test
    void theWordOutlivesALinkThatBreaksBeforeTheTargetIsMarked() {
        TestPair pair = splitBrain(DEFAULT);
        command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.cutBefore(FrameType.SYNC_START);
        pair.link();
        assertThat(pair.a().replica().state().connection()).isEqualTo(ConnectionState.CONNECTING);
        pair.link();

        assertInStep(pair);
    }

    @Test
    void aDisconnectTakesTheWordBack() {
        TestPair pair = splitBrain(DEFAULT);
        command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA);
        command(pair.a(), CommandKind.DISCONNECT);
        command(pair.a(), CommandKind.CONNECT);
        pair.link();

        assertParted(pair, HandshakeRule.SPLIT_BRAIN_BITMAP);
    }

    @Test
    void aPrimaryKeepsItsData() {
        TestPair pair = bothPrimary(DEFAULT);
        assertThat(command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA))
                .extracting(Answer::accepted, Answer::rule)
                .containsExactly(false, "primary-keeps-its-data");

        command(pair.a(), CommandKind.DEMOTE);
        command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA);
        command(pair.a(), CommandKind.PROMOTE);
        command(pair.b(), CommandKind.DEMOTE);
        pair.link();
        assertParted(pair, HandshakeRule.SPLIT_BRAIN_BITMAP);
    }

    @Test
    void bothMayNotGiveUpTheirData() {
        TestPair pair = splitBrain(DEFAULT);
        command(pair.a(), CommandKind.CONNECT_DISCARD_MY_DATA);
        command(pair.b(), CommandKind.CONNECT_DISCARD_MY_DATA);
        pair.link();
        assertParted(pair, HandshakeRule.DISCARD_BOTH);
    }

    @Test
    void aLinkedNodeIsToldToDisconnectFirst() {
        TestPair pair = TestPair.inStep(DEFAULT);
        assertThat(command(pair.b(), CommandKind.CONNECT_DISCARD_MY_DATA).rule())
                .isEqualTo("discard-while-linked");
        assertThat(command(pair.b(), CommandKind.CONNECT_TENTATIVE).rule())
                .isEqualTo("tentative-while-linked");
    }

    // ---- policies decide

    @Test
    void promotedAloneIsRememberedUntilTheNodesAreInStepAgain() {
        TestPair pair = splitBrain(DEFAULT);
        assertThat(pair.a().replica().superblock().has(Flag.PROMOTED_ALONE)).isFalse();
        assertThat(pair.b().replica().superblock().has(Flag.PROMOTED_ALONE)).isTrue();
        assertThat(pair.b().replica().superblock().has(Flag.PRIMARY_INDICATOR)).isFalse();
    }

    @Test
    void theYoungerPrimaryGivesWay() {
        TestPair pair = splitBrain(DEFAULT.with(AfterSplitBrain0Pri.DISCARD_YOUNGER_PRIMARY));
        pair.link();
        assertInStep(pair);
        assertThat(last(pair.b()).decision().verdict()).isEqualTo(Verdict.TARGET_BITMAP);
    }

    @Test
    void theOlderPrimaryGivesWay() {
        TestPair pair = splitBrain(DEFAULT.with(AfterSplitBrain0Pri.DISCARD_OLDER_PRIMARY));
        pair.link();
        assertInStep(pair);
        assertThat(last(pair.b()).decision().verdict()).isEqualTo(Verdict.SOURCE_BITMAP);
    }

    @Test
    void twoPrimariesAndTheLoserIsDemotedFirst() {
        TestPair pair =
                bothPrimary(
                        DEFAULT.with(AfterSplitBrain0Pri.DISCARD_YOUNGER_PRIMARY)
                                .with(AfterSplitBrain1Pri.DISCARD_SECONDARY)
                                .with(AfterSplitBrain2Pri.CALL_PRI_LOST_AFTER_SB));
        pair.link();
        assertThat(last(pair.b()).decision().verdict()).isEqualTo(Verdict.DEMOTE);
        assertThat(last(pair.a()).decision().verdict()).isEqualTo(Verdict.AWAIT_DEMOTION);
        assertThat(pair.b().replica().state().role()).isEqualTo(Role.SECONDARY);
        assertThat(pair.b().wantsLink()).isTrue();

        pair.link();
        assertInStep(pair);
        assertThat(pair.a().replica().state().role()).isEqualTo(Role.PRIMARY);
        assertThat(last(pair.b()).decision().resolution()).isEqualTo(Resolution.DISCARD_SECONDARY);
    }

    @Test
    void anOlderPrimaryPartsByDefault() {
        TestPair pair = olderPrimary(DEFAULT);
        pair.link();
        assertParted(pair, HandshakeRule.PRIMARY_WOULD_BE_TARGET);
    }

    @Test
    void anOlderPrimaryIsDemotedAndTakesTheNewerData() {
        TestPair pair = olderPrimary(DEFAULT.with(RoleConflict.CALL_PRI_LOST));
        pair.link();
        assertThat(last(pair.a()).decision().verdict()).isEqualTo(Verdict.DEMOTE);
        assertThat(pair.a().replica().state().role()).isEqualTo(Role.SECONDARY);
        pair.link();

        assertInStep(pair);
        assertThat(last(pair.a()).decision())
                .isEqualTo(new Decision(Verdict.TARGET_BITMAP, HandshakeRule.BITMAP_PEER));
    }

    @Test
    void anOlderPrimaryIsTriedAgainUntilItIsDemoted() {
        TestPair pair = olderPrimary(DEFAULT.with(RoleConflict.RETRY_CONNECT));
        pair.relink();
        for (Node node : new Node[] {pair.a(), pair.b()}) {
            assertThat(last(node).decision().verdict()).isEqualTo(Verdict.RETRY);
            assertThat(node.replica().state().connection()).isEqualTo(ConnectionState.CONNECTING);
            assertThat(node.wantsLink()).isTrue();
        }
        assertThat(pair.a().replica().serving()).isTrue();
    }

    @Test
    void differentPoliciesPart() {
        TestPair pair =
                new TestPair(DEFAULT, DEFAULT.with(AfterSplitBrain0Pri.DISCARD_ZERO_CHANGES));
        pair.link();
        assertParted(pair, HandshakeRule.POLICIES_DIFFER);
    }
}
