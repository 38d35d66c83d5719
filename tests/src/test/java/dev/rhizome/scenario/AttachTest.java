package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairCommand;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import org.junit.jupiter.api.Test;

/** A disk is taken from a running node and given back. DRBD's detach-attach, replace-disk. */
class AttachTest extends Scenario {

    @Test
    @Shows(BITMAP_PEER)
    void aPrimarysDiskGoesAndComesBackWithoutAFailedRequest() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.write(5);
        assertThat(a.command(CommandKind.DETACH)).isEqualTo("detached");
        assertThat(a.disk()).isEqualTo(DiskState.DISKLESS);
        a.write(60, 61);
        a.flush();
        a.readAll();

        pair.mark();
        PairRequest before = a.begin(Operation.WRITE, 100, 1);
        PairCommand attach = a.askToAttach();
        PairRequest during = a.begin(Operation.WRITE, 101, 1);
        PairRequest read = a.begin(Operation.READ, 60, 2);
        assertThat(attach.rule()).isEqualTo("attached");
        before.done();
        during.done();
        read.done();
        pair.handshake(BITMAP_PEER);
        assertThat(a.role()).isEqualTo(Role.PRIMARY);
        pair.untilInSync();
        assertThat(pair.copied()).contains(60, 61).doesNotContain(200);
        a.readAll();
        a.write(7);
    }

    @Test
    void aPrimaryThatDiesWhileItsDiskIsBroughtBackLosesNothing() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.write(5);
        a.must(CommandKind.DETACH);
        a.write(blocks(60, 120, 1));
        a.flush();
        pair.holdFrom(FrameType.SYNC_ACK, 1);
        a.attach();
        pair.untilHeld();
        a.losePower();
        pair.release();
        pair.untilParted();
        pair.b().promote();
        pair.b().readAll();
        pair.b().write(61);
        a.start();
        pair.untilInSync();
    }

    @Test
    void aPrimaryTakesABlankDiskInPlaceOfAnother() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.write(5);
        a.must(CommandKind.DETACH);
        a.putBlankDisk();
        a.write(6);
        pair.mark();
        assertThat(a.attach()).isEqualTo("attached");
        a.write(8);
        a.readAll();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(256);
        a.readAll();
    }

    @Test
    @Shows(BITMAP_SELF)
    void aSecondarysDiskGoesAndComesBack() {
        Pair pair = inSync();
        assertThat(pair.b().command(CommandKind.DETACH)).isEqualTo("detached");
        pair.until("A knows", () -> pair.a().state().peerDisk() == DiskState.DISKLESS);
        pair.a().write(60);
        pair.mark();
        assertThat(pair.b().attach()).isEqualTo("attached");
        pair.a().write(70);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).contains(60);
    }

    @Test
    void aNodeAloneMayDoTheSame() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(5);
        pair.b().must(CommandKind.DETACH);
        pair.b().putBlankDisk();
        pair.b().putOldDiskBack();
        assertThat(pair.b().attach()).isEqualTo("attached");
        pair.heal();
        pair.untilInSync();
    }

    // ---- refusals

    @Test
    void theOnlyGoodDiskOfAPrimaryIsNotLetGo() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.cut();
        PairCommand asked = a.ask(CommandKind.DETACH);
        assertThat(asked.rule()).isEqualTo("no-up-to-date-data-without-disk");
        assertThat(asked.accepted()).isFalse();
        assertThat(asked.reason()).contains("connect", "demote", "--force");
        a.write(5);

        assertThat(a.command(CommandKind.DETACH_FORCE)).isEqualTo("detached");
        assertThat(a.begin(Operation.READ, 5, 1).status()).isEqualTo(IoStatus.NO_DATA);
        pair.until("the disk owes nothing", () -> !a.owes());
        assertThat(a.attach()).isEqualTo("attach-needs-peer");
        assertThat(a.askToAttach().reason()).contains("connect", "demote");
        a.demote();
        assertThat(a.attach()).isEqualTo("attached");
        a.promote();
        a.read(5, 1);
    }

    @Test
    void theDiskThatServesAPrimaryWithoutOneIsNotLetGo() {
        Pair pair = inSync();
        pair.a().must(CommandKind.DETACH);
        pair.a().write(5);
        PairCommand asked = pair.b().ask(CommandKind.DETACH);
        assertThat(asked.rule()).isEqualTo("peer-has-no-disk");
        assertThat(asked.reason()).contains("attach the peer's disk", "--force");
        assertThat(pair.a().attach()).isEqualTo("attached");
    }

    @Test
    void aDiskIsAttachedOnce() {
        Pair pair = inSync();
        PairCommand asked = pair.b().askToAttach();
        assertThat(asked.rule()).isEqualTo("already-attached");
        assertThat(asked.reason()).contains("'detach'");
        pair.b().must(CommandKind.DETACH);
        assertThat(pair.b().command(CommandKind.DETACH)).isEqualTo("already-detached");
        assertThat(pair.b().attach()).isEqualTo("attached");
    }

    @Test
    void aDiskOfAnotherSizeIsRefused() {
        Pair pair = inSync();
        pair.b().must(CommandKind.DETACH);
        pair.b().putDiskOf(NodeSetup.DEFAULT.withBlocks(128));
        assertThat(pair.b().attach()).isEqualTo("attach-sizes-differ");
        pair.b().putOldDiskBack();
        assertThat(pair.b().attach()).isEqualTo("attached");
        pair.untilInSync();
        pair.a().must(CommandKind.DETACH);
        pair.quiet();
        pair.a().putDiskOf(NodeSetup.DEFAULT.withBlocks(128));
        PairCommand asked = pair.a().askToAttach();
        assertThat(asked.rule()).isEqualTo("size-differs");
        assertThat(asked.reason()).contains("524288", "1048576");
        pair.a().putOldDiskBack();
        assertThat(pair.a().attach()).isEqualTo("attached");
    }

    /** What the peer would refuse would end the service that a Primary without a disk gives. */
    @Test
    void aDiskThatThePeerWouldRefuseIsNotAttached() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.write(5);
        a.must(CommandKind.DETACH);
        a.write(6);
        a.putForeignDisk();
        PairCommand asked = a.askToAttach();
        assertThat(asked.rule()).isEqualTo("attach-unrelated-data");
        assertThat(asked.accepted()).isFalse();
        a.write(7);
        a.readAll();
        a.putOldDiskBack();
        assertThat(a.attach()).isEqualTo("attached");
    }

    @Test
    void nothingIsAttachedBeforeTheOldDiskOwesNothing() {
        Pair pair = inSync();
        PairNode b = pair.b();
        b.hang();
        PairRequest write = pair.a().begin(Operation.WRITE, 5, 1);
        pair.until("B is asked", () -> b.owes());
        PairCommand gentle = b.ask(CommandKind.DETACH);
        assertThat(b.ask(CommandKind.DETACH).rule()).isEqualTo("detaching");
        PairCommand forced = b.ask(CommandKind.DETACH_FORCE);
        assertThat(forced.accepted()).isTrue();
        assertThat(forced.reason()).contains("1 of its operations");
        write.done();
        assertThat(b.attach()).isEqualTo("disk-busy");
        b.recover();
        assertThat(gentle.rule()).isEqualTo("detached");
        assertThat(b.attach()).isEqualTo("attached");
    }
}
