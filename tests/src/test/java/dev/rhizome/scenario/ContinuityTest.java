package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.NodeState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.simulator.Pair;
import org.junit.jupiter.api.Test;

/** INV-18: clients whose node's process has died go on only if nobody else has written since. */
class ContinuityTest extends Scenario {

    @Test
    void aProcessThatComesBackGoesOnWithItsClients() {
        Pair pair = inSync();
        pair.a().write(1, 2, 3);
        pair.a().begin(Operation.WRITE, 7, 1);
        restart(pair);
        pair.a().promote();
        assertThat(pair.a().continued()).isTrue();
    }

    @Test
    void alsoIfItIsStillBeingCopiedTo() {
        Pair pair = inSync();
        pair.a().write(blocks(0, 256, 2));
        pair.a().kill();
        pair.a().start();
        pair.handshake(CRASHED_SELF);
        promoteWhileCopiedTo(pair);
        assertThat(pair.a().continued()).isTrue();
    }

    @Test
    void notIfItIsBeingCopiedToByAPeerThatWentOn() {
        Pair pair = inSync();
        pair.a().write(blocks(0, 256, 2));
        isOvertaken(pair);
        promoteWhileCopiedTo(pair);
        assertThat(pair.a().continued()).isFalse();
    }

    /** A's process dies and comes back; nobody has written meanwhile. */
    private static void restart(Pair pair) {
        pair.a().kill();
        pair.a().start();
        pair.handshake(CRASHED_SELF);
        pair.untilInSync();
    }

    /** A's process dies, B takes over and writes, and A comes back. */
    private static void isOvertaken(Pair pair) {
        pair.a().kill();
        pair.untilParted();
        pair.b().promote();
        pair.b().write(5);
        pair.b().demote();
        pair.a().start();
        pair.handshake(BITMAP_PEER);
    }

    private static void promoteWhileCopiedTo(Pair pair) {
        NodeState state = pair.a().state();
        pair.until("a copy", () -> state.replication() == ReplicationState.SYNC_TARGET);
        assertThat(pair.a().command(CommandKind.PROMOTE)).isEqualTo("sync-target-through-peer");
        pair.untilInSync();
    }

    @Test
    void onlyOnce() {
        Pair pair = inSync();
        restart(pair);
        pair.a().promote();
        pair.a().demote();
        pair.a().promote();
        assertThat(pair.a().continued()).isFalse();
    }

    @Test
    void aFirstPromotionContinuesNothing() {
        assertThat(inSync().a().continued()).isFalse();
    }

    @Test
    void aNodeThatWasAloneAndComesBackAloneGoesOn() {
        Pair pair = inSync();
        pair.cut();
        pair.untilParted();
        pair.a().write(1, 2);
        pair.a().kill();
        pair.a().start();
        pair.a().promote();
        assertThat(pair.a().continued()).isTrue();
        endsApart();
    }

    @Test
    void notIfThePeerHasTakenOverAndWritten() {
        Pair pair = inSync();
        pair.a().write(1);
        isOvertaken(pair);
        pair.untilInSync();
        pair.a().promote();
        assertThat(pair.a().continued()).isFalse();
    }

    @Test
    void notIfThePeerHasWrittenWhileConnected() {
        Pair pair = inSync();
        restart(pair);
        pair.b().promote();
        pair.b().write(5);
        pair.b().demote();
        pair.a().promote();
        assertThat(pair.a().continued()).isFalse();
    }

    @Test
    void notIfThePeerTookOverAndDiedItself() {
        Pair pair = inSync();
        pair.a().kill();
        pair.untilParted();
        pair.b().promote();
        pair.b().kill();
        pair.b().start();
        pair.a().start();
        pair.untilInSync();
        pair.a().promote();
        assertThat(pair.a().continued()).isFalse();
    }

    @Test
    void clientsThatCanGoOnNoMoreDoNotWaitOnASecondary() {
        Pair pair = inSync();
        pair.a().write(1);
        int before = pair.a().dismissals();
        isOvertaken(pair);
        assertThat(pair.a().dismissals()).isEqualTo(before + 1);
        pair.untilInSync();
        pair.a().promote();
        assertThat(pair.a().dismissals()).as("they have gone already").isEqualTo(before + 1);
    }

    @Test
    void clientsThatMayGoOnWait() {
        Pair pair = inSync();
        int before = pair.a().dismissals();
        restart(pair);
        assertThat(pair.a().dismissals()).isEqualTo(before);
    }

    @Test
    void clientsThatRemainKeepTheNodeFromBeingPromoted() {
        Pair pair = inSync();
        pair.a().clientsRemain("/dev/nbd0 is still mounted on /srv: unmount it");
        isOvertaken(pair);
        pair.untilInSync();
        assertThat(pair.a().command(CommandKind.PROMOTE)).isEqualTo("clients-remain");
        pair.a().clientsRemain("");
        pair.a().promote();
        assertThat(pair.a().continued()).isFalse();
    }

    @Test
    void notByForce() {
        Pair pair = inSync();
        pair.b().kill();
        pair.a().kill();
        pair.a().start();
        pair.a().must(CommandKind.PROMOTE_FORCE);
        assertThat(pair.a().continued()).isFalse();
        endsApart();
    }
}
