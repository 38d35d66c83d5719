package dev.rhizome.core.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.Invariant;
import dev.rhizome.core.TestPair;
import dev.rhizome.core.TestPair.Answer;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.role.ConnectionState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An operator asks what a handshake would decide; nothing comes of it. */
class TentativeTest {
    private final TestPair pair = TestPair.inStep(ConflictPolicies.DISCONNECT);

    private static Answer present(@Nullable Answer answer) {
        return Invariant.present(answer, "test", "an answer");
    }

    private ConnectionState connection(TestPair.Node node) {
        return node.replica().state().connection();
    }

    /** Sequence numbers may have moved; flags and generations must not have. */
    private static Superblock memory(TestPair.Node node) {
        return node.replica().superblock().withSequence(0);
    }

    @Test
    void tellsWhatAResyncWouldBe() {
        pair.cut();
        pair.a().write();
        Superblock ofA = memory(pair.a());
        Superblock ofB = memory(pair.b());
        assertThat(pair.b().command(CommandKind.CONNECT_TENTATIVE)).isNull();
        pair.link();

        Answer answer = present(pair.b().answer());
        assertThat(answer)
                .isEqualTo(
                        new Answer(
                                true,
                                "tentative",
                                "would become SyncTarget by bitmap (rule bitmap-peer), 1 blocks"));
        assertThat(connection(pair.b())).isEqualTo(ConnectionState.STAND_ALONE);
        assertThat(pair.b().replica().state().connectionReason()).contains(answer.reason());
        assertThat(pair.b().wantsLink()).isFalse();
        assertThat(connection(pair.a())).isEqualTo(ConnectionState.CONNECTING);
        assertThat(pair.a().wantsLink()).isTrue();
        assertThat(memory(pair.a())).isEqualTo(ofA);
        assertThat(memory(pair.b())).isEqualTo(ofB);
        for (TestPair.Node node : new TestPair.Node[] {pair.a(), pair.b()}) {
            assertThat(node.events())
                    .anySatisfy(
                            line ->
                                    assertThat(line)
                                            .startsWith("handshake: bitmap-")
                                            .contains("/tentative"));
        }
    }

    @Test
    void aRealConnectFollows() {
        pair.cut();
        pair.b().command(CommandKind.CONNECT_TENTATIVE);
        pair.link();
        assertThat(present(pair.b().answer()).reason())
                .isEqualTo("would connect without a resync (rule equal)");
        pair.b().command(CommandKind.CONNECT);
        pair.link();
        assertThat(connection(pair.b())).isEqualTo(ConnectionState.CONNECTED);
    }

    @Test
    void tellsThatTheNodesWouldPart() {
        pair.cut();
        pair.a().write();
        pair.b().command(CommandKind.PROMOTE);
        pair.b().write();
        pair.b().command(CommandKind.DEMOTE);
        pair.a().command(CommandKind.CONNECT_TENTATIVE);
        pair.link();

        assertThat(present(pair.a().answer()).reason())
                .startsWith("would part (rule split-brain-bitmap): split brain");
        assertThat(connection(pair.b())).isEqualTo(ConnectionState.CONNECTING);
    }

    /** A node that was never linked is not marked as one that may hold its peer's writes. */
    @Test
    void leavesNoMarkOnFreshNodes() {
        TestPair fresh = new TestPair(ConflictPolicies.DISCONNECT);
        Superblock ofA = memory(fresh.a());
        Superblock ofB = memory(fresh.b());
        fresh.a().command(CommandKind.CONNECT_TENTATIVE);
        fresh.link();

        assertThat(present(fresh.a().answer()).reason()).contains("rule just-created-both");
        assertThat(memory(fresh.a())).isEqualTo(ofA);
        assertThat(memory(fresh.b())).isEqualTo(ofB);
    }

    @Test
    void anAttemptThatFailsIsTheAnswer() {
        pair.b().command(CommandKind.DISCONNECT);
        pair.b().command(CommandKind.CONNECT_TENTATIVE);
        pair.b().attemptFails("connection refused");

        assertThat(present(pair.b().answer()))
                .extracting(Answer::accepted, Answer::rule)
                .containsExactly(false, "tentative-failed");
        assertThat(present(pair.b().answer()).reason()).contains("connection refused");
        assertThat(connection(pair.b())).isEqualTo(ConnectionState.STAND_ALONE);
    }

    @Test
    void itIsNotWaitedForForEver() {
        pair.cut();
        pair.b().command(CommandKind.CONNECT_TENTATIVE);
        pair.later(TestPair.REQUEST_TIMEOUT_NS - 1);
        assertThat(pair.b().answer()).isNull();
        pair.later(1);

        assertThat(present(pair.b().answer()).rule()).isEqualTo("tentative-failed");
        assertThat(connection(pair.b()))
                .as("it was trying before, and goes on")
                .isEqualTo(ConnectionState.CONNECTING);
        pair.link();
        assertThat(connection(pair.b())).isEqualTo(ConnectionState.CONNECTED);
    }

    @Test
    void otherCommandsEndIt() {
        pair.cut();
        pair.b().command(CommandKind.CONNECT_TENTATIVE);
        assertThat(present(pair.b().command(CommandKind.CONNECT)).rule())
                .isEqualTo("tentative-pending");
        assertThat(present(pair.b().command(CommandKind.CONNECT_TENTATIVE)).rule())
                .isEqualTo("tentative-pending");
        assertThat(present(pair.b().command(CommandKind.DISCONNECT)).rule())
                .isEqualTo("disconnect");
        assertThat(connection(pair.b())).isEqualTo(ConnectionState.STAND_ALONE);
        pair.b().command(CommandKind.CONNECT);
        pair.link();
        assertThat(connection(pair.b())).isEqualTo(ConnectionState.CONNECTED);
    }
}
