package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.SPLIT_BRAIN_BITMAP;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairCommand;
import org.junit.jupiter.api.Test;

/** Asking what a handshake would decide changes nothing. */
class TentativeTest extends Scenario {

    private static String ask(Pair pair, HandshakeRule rule) {
        pair.a().must(CommandKind.DISCONNECT);
        pair.quiet();
        byte[] hereBefore = pair.a().metadataBytes();
        byte[] thereBefore = pair.b().metadataBytes();
        long bitsHere = pair.a().outOfSync();
        long bitsThere = pair.b().outOfSync();

        PairCommand question = pair.a().ask(CommandKind.CONNECT_TENTATIVE);
        pair.heal();
        assertThat(question.rule()).isEqualTo("tentative");
        pair.handshake(rule);
        pair.untilParted();
        pair.quiet();

        assertThat(pair.a().metadataBytes()).isEqualTo(hereBefore);
        assertThat(pair.b().metadataBytes()).isEqualTo(thereBefore);
        assertThat(pair.a().outOfSync()).isEqualTo(bitsHere);
        assertThat(pair.b().outOfSync()).isEqualTo(bitsThere);
        assertThat(pair.a().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        return question.reason();
    }

    @Test
    @Shows(BITMAP_SELF)
    void aTentativeConnectTellsOfAResyncAndChangesNothing() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(1, 2, 3);
        assertThat(ask(pair, BITMAP_SELF))
                .contains("would become SyncSource by bitmap", "bitmap-self", "3 blocks");
        assertThat(pair.copied()).isEmpty();

        pair.a().must(CommandKind.CONNECT);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    @Shows(SPLIT_BRAIN_BITMAP)
    void aTentativeConnectTellsOfASplitBrainAndChangesNothing() {
        endsApart();
        Pair pair = inSync();
        pair.cut();
        pair.a().write(1, 2, 3);
        pair.b().promote();
        pair.b().write(4);
        assertThat(ask(pair, SPLIT_BRAIN_BITMAP)).contains("would part", "split-brain-bitmap");
        // The peer, which was not asked to leave, still looks for this node.
        assertThat(pair.b().state().connection()).isEqualTo(ConnectionState.CONNECTING);
    }

    @Test
    void aTentativeConnectToANodeThatHasJustStartedLeavesItClean() {
        Pair pair = inSync();
        pair.a().write(1);
        pair.a().must(CommandKind.DISCONNECT);
        pair.untilParted();
        pair.a().write(2);
        pair.b().shutDown();
        var before = pair.b().superblock();
        pair.b().start();
        PairCommand question = pair.a().ask(CommandKind.CONNECT_TENTATIVE);
        assertThat(question.rule()).isEqualTo("tentative");
        pair.untilParted();
        pair.quiet();
        // It was marked for the time of the handshake; only the count of writes tells of it.
        var after = pair.b().superblock();
        assertThat(after.withSequence(before.sequence())).isEqualTo(before);
        pair.a().must(CommandKind.CONNECT);
    }

    @Test
    void aTentativeConnectIsRefusedWhileTheNodesAreLinked() {
        Pair pair = inSync();
        assertThat(pair.a().command(CommandKind.CONNECT_TENTATIVE))
                .isEqualTo("tentative-while-linked");
        pair.a().write(1);
    }

    @Test
    void aPrimaryServesWhileItAsks() {
        Pair pair = inSync();
        pair.cut();
        pair.a().must(CommandKind.DISCONNECT);
        PairCommand question = pair.a().ask(CommandKind.CONNECT_TENTATIVE);
        pair.a().write(1, 2);
        pair.heal();
        assertThat(question.rule()).isEqualTo("tentative");
        pair.a().write(3);
        pair.a().must(CommandKind.CONNECT);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(1, 2, 3);
    }
}
