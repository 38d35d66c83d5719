package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.DiskFault;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import org.junit.jupiter.api.Test;

/** A peer that is alive, answers pings, and does nothing else: its disk hangs. */
class HungDiskTest extends Scenario {

    @Test
    @Shows(BITMAP_SELF)
    void aPeerThatComesBackWithAHungDiskHoldsUpNobody() {
        Pair pair = inSync();
        PairNode a = pair.a();
        PairNode b = pair.b();
        pair.cut();
        b.hangDisk();
        pair.heal();
        a.untilReason("the peer's disk has not answered yet");
        b.untilReason("this node's disk has not answered yet");
        a.write(1, 2, 3);
        a.flush();
        assertThat(a.state().connection()).isEqualTo(ConnectionState.CONNECTING);
        assertThat(a.state().peerDisk()).isEqualTo(DiskState.UNKNOWN);

        b.wakeDisk();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void aPeerThatIsStartedAnewOnAHungDiskHoldsUpNobody() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.b().kill();
        pair.b().hangDisk();
        pair.b().start();
        a.untilReason("the peer's disk has not answered yet");
        a.write(7);
        pair.b().wakeDisk();
        pair.untilInSync();
    }

    @Test
    void aPrimaryWhoseOwnDiskHangsDoesNotNegotiateEither() {
        Pair pair = inSync();
        pair.cut();
        pair.a().hangDisk();
        pair.heal();
        pair.b().untilReason("the peer's disk has not answered yet");
        assertThat(pair.a().state().connectionReason()).contains("this node's disk");
        pair.a().wakeDisk();
        pair.untilInSync();
    }

    @Test
    void aPeerWhoseDiskHangsUnderWritesIsLeftAfterTheRequestTimeout() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.b().hangDisk();
        PairRequest write = a.begin(Operation.WRITE, 5, 1);
        a.untilEvent("peer-late");
        write.done();
        // It is tried again at once, and has to show that its disk answers.
        a.untilReason("the peer's disk has not answered yet");
        a.write(6);
        pair.b().wakeDisk();
        pair.untilInSync();
    }

    @Test
    void aPeerThatIsLateAgainAndAgainIsLeftAloneForAWhile() {
        Pair pair = inSync();
        PairNode a = pair.a();
        for (int round = 0; round < 3; round++) {
            pair.b().hangDisk();
            PairRequest write = a.begin(Operation.WRITE, 5, 1);
            a.untilEvent(round == 0 ? "peer-late" : "peer-expelled");
            write.done();
            pair.b().wakeDisk();
            a.write(6);
            pair.untilInSync();
        }
    }

    @Test
    void anOperatorMayHaveItTriedAtOnce() {
        Pair pair = inSync();
        PairNode a = pair.a();
        for (int round = 0; round < 2; round++) {
            pair.b().hangDisk();
            a.begin(Operation.WRITE, 5, 1);
            a.untilEvent(round == 0 ? "peer-late" : "peer-expelled");
            pair.untilParted();
            pair.b().wakeDisk();
            if (round == 0) {
                pair.untilInSync();
            }
        }
        assertThat(a.replica().state().connection()).isEqualTo(ConnectionState.CONNECTING);
        assertThat(a.command(CommandKind.CONNECT)).isEqualTo("already-connecting");
        pair.untilInSync();
    }

    @Test
    void leavingThePeerDoesNotWaitForItsDisk() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.cut();
        pair.b().hangDisk();
        pair.heal();
        a.untilReason("the peer's disk has not answered yet");
        a.must(CommandKind.DISCONNECT);
        pair.untilParted();
        assertThat(a.state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        pair.b().wakeDisk();
        a.must(CommandKind.CONNECT);
        pair.untilInSync();
    }

    @Test
    void aDiskThatAnswersTheProofWithAnErrorHasAnswered() {
        Pair pair = inSync();
        pair.cut();
        pair.b().spoil(0);
        pair.heal();
        pair.until("connected", () -> pair.a().established() && pair.b().established());
        pair.a().write(0, 9);
    }

    @Test
    void aDiskThatFailsTheProofsWriteIsLetGo() {
        Pair pair = inSync();
        PairNode b = pair.b();
        pair.cut();
        b.failNext(DiskFault.METADATA);
        pair.heal();
        b.untilEvent("metadata-io-error");
        pair.until("A knows", () -> pair.a().state().peerDisk() == DiskState.DISKLESS);
        pair.a().write(9);
        b.kill();
        b.start();
        pair.untilInSync();
    }

    @Test
    void aNodeWithoutADiskHasNothingToShow() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.failNext(DiskFault.CHANGE);
        a.write(4);
        assertThat(a.disk()).isEqualTo(DiskState.DISKLESS);
        pair.cut();
        pair.heal();
        pair.until("linked", () -> a.state().connection() == ConnectionState.CONNECTED);
        a.read(0, 8);
        a.demote();
        a.kill();
        a.start();
        pair.untilInSync();
    }

    @Test
    void theWordIsLostAndTheNextLinkBeginsAnew() {
        Pair pair = inSync();
        pair.cut();
        pair.loseAt(FrameType.PING, 1);
        pair.heal();
        pair.untilTrapped();
        pair.heal();
        pair.untilInSync();
    }
}
