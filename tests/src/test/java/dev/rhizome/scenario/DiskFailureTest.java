package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.DISKLESS;
import static dev.rhizome.core.handshake.HandshakeRule.DISKLESS_NEWER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.DiskFault;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk fails under a node that lives on. DRBD's io-errors, uuid-detach-resync. */
class DiskFailureTest extends Scenario {

    private static final Set<Integer> FIRST_EXTENT = new TreeSet<>(Set.of(0, 1, 2, 3, 4, 5, 6, 7));

    private static Set<Integer> firstExtentAnd(Integer... others) {
        Set<Integer> all = new HashSet<>(FIRST_EXTENT);
        all.addAll(Set.of(others));
        return all;
    }

    // ---- of the Primary

    @Test
    @Shows(BITMAP_PEER)
    void aPrimaryWhoseDiskFailsAWriteGoesOnThroughItsPeer() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.failNext(DiskFault.CHANGE);
        a.write(5);
        assertThat(a.disk()).isEqualTo(DiskState.DISKLESS);
        a.write(5, 60, 61);
        a.begin(Operation.TRIM, 70, 2).done();
        a.flush();
        a.readAll();
        assertThat(a.role()).isEqualTo(Role.PRIMARY);

        a.kill();
        pair.untilParted();
        pair.mark();
        a.start();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(firstExtentAnd(60, 61, 70, 71));
    }

    @Test
    @Shows(BITMAP_PEER)
    void aPrimaryWhoseDiskHasFailedIsShutDownAndComesBack() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.failNext(DiskFault.CHANGE);
        a.write(5);
        a.write(60);
        a.demote();
        a.shutDown();
        pair.untilParted();
        pair.b().promote();
        pair.b().write(90);
        pair.mark();
        a.start();
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(firstExtentAnd(60, 90));
        pair.b().readAll();
    }

    @Test
    void aReadThatTheDiskFailsIsAnsweredByThePeerAndTheBlockWrittenAnew() {
        Pair pair = inSync();
        pair.a().write(5);
        pair.a().spoil(5);
        pair.a().read(4, 3);
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(pair.a().spoiled(5)).isFalse();
        pair.a().readAll();
        pair.a().write(6);
    }

    /** The peer was away when the disk failed: that its data is all there is, both must hear. */
    @Test
    void aPrimaryWithoutADiskIsServedByAPeerThatReturns() {
        Pair pair = inSync();
        pair.b().shutDown();
        pair.untilParted();
        pair.a().must(CommandKind.DETACH_FORCE);
        assertThat(pair.a().begin(Operation.READ, 3, 1).status()).isNotEqualTo(IoStatus.OK);
        assertThat(pair.a().disk()).isEqualTo(DiskState.DISKLESS);

        pair.b().start();
        pair.until("the peer serves", () -> pair.a().state().peerUpToDate());
        pair.a().readAll();
        pair.a().write(6);
        restart(pair, pair.a());
    }

    private static void restart(Pair pair, PairNode node) {
        node.kill();
        pair.untilParted();
        pair.mark();
        node.start();
    }

    @ParameterizedTest
    @EnumSource(
            value = DiskFault.class,
            names = {"FLUSH", "METADATA"})
    void aFailedFlushOrMetadataWriteMakesTheDiskUntrusted(DiskFault fault) {
        Pair pair = inSync();
        pair.a().write(5, 6);
        pair.a().failNext(fault);
        pair.a().flush();
        pair.a().write(200);
        pair.until("the disk is let go", () -> pair.a().disk() == DiskState.DISKLESS);
        pair.a().readAll();
        pair.a().flush();
        restart(pair, pair.a());
    }

    @Test
    @Shows({DISKLESS, BITMAP_PEER})
    void aPrimaryWithoutADiskMayLoseItsPeerForAWhile() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.failNext(DiskFault.CHANGE);
        a.write(5);
        pair.cut();
        assertThat(a.begin(Operation.READ, 0, 1).status()).isNotEqualTo(IoStatus.OK);
        assertThat(a.begin(Operation.WRITE, 0, 1).status()).isNotEqualTo(IoStatus.OK);
        pair.heal();
        pair.handshake(DISKLESS);
        pair.until("connected", () -> a.state().peerUpToDate());
        a.write(6);
        a.readAll();
        restart(pair, a);
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
    }

    @Test
    void thePeerOfAPrimaryWithoutADiskDiesAndComesBack() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.failNext(DiskFault.CHANGE);
        a.write(5);
        a.write(30);
        a.flush();
        pair.b().losePower();
        pair.untilParted();
        pair.mark();
        pair.b().start();
        pair.handshake(DISKLESS);
        pair.quiet();
        assertThat(a.role()).isEqualTo(Role.PRIMARY);
        restart(pair, a);
        pair.untilInSync();
        pair.b().promote();
        pair.b().readAll();
    }

    @Test
    @Shows({DISKLESS_NEWER, BITMAP_SELF})
    void aPrimaryThatHasLostNewerDataWithItsDiskDoesNotShowThePeersOlder() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.cut();
        a.write(5);
        a.must(CommandKind.DETACH_FORCE);
        assertThat(a.begin(Operation.READ, 5, 1).status()).isNotEqualTo(IoStatus.OK);
        pair.heal();
        pair.handshake(DISKLESS_NEWER);
        pair.untilParted();
        assertThat(pair.b().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);

        restart(pair, a);
        pair.b().must(CommandKind.CONNECT);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).isEqualTo(FIRST_EXTENT);
    }

    // ---- of the Secondary

    @ParameterizedTest
    @EnumSource(
            value = DiskFault.class,
            names = {"CHANGE", "FLUSH", "METADATA"})
    void aPrimaryGoesOnAloneWhenTheDiskOfItsPeerFails(DiskFault fault) {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.write(5);
        pair.b().failNext(fault);
        a.write(6);
        a.flush();
        a.write(70);
        if (fault == DiskFault.METADATA) {
            // A Secondary writes metadata only when something changes: a link that comes up anew.
            assertThat(pair.b().disk()).isIn(DiskState.DISKLESS, DiskState.UP_TO_DATE);
        } else {
            assertThat(pair.b().disk()).isEqualTo(DiskState.DISKLESS);
            assertThat(a.outOfSyncBlocks()).contains(6, 70);
        }
        restart(pair, pair.b());
        pair.untilInSync();
        assertThat(pair.copied()).isSubsetOf(5, 6, 70);
        a.readAll();
    }

    @Test
    @Shows({DISKLESS, BITMAP_SELF})
    void aSecondaryWithoutADiskMayReconnect() {
        Pair pair = inSync();
        pair.b().failNext(DiskFault.CHANGE);
        pair.a().write(6);
        pair.cut();
        pair.a().write(7);
        pair.heal();
        pair.handshake(DISKLESS);
        pair.a().write(8);
        pair.a().demote();
        assertThat(pair.b().command(CommandKind.PROMOTE)).isEqualTo("through-peer");
        pair.b().write(9);
        pair.b().readAll();
        pair.b().demote();
        pair.a().promote();
        restart(pair, pair.b());
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).contains(6, 7, 8, 9);
        pair.a().readAll();
    }

    // ---- during a resync

    private Pair outage() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 120, 2));
        return pair;
    }

    @ParameterizedTest
    @EnumSource(
            value = DiskFault.class,
            names = {"CHANGE", "FLUSH", "METADATA"})
    void theDiskOfTheTargetFails(DiskFault fault) {
        Pair pair = outage();
        pair.holdFrom(FrameType.SYNC_ACK, 5);
        pair.heal();
        pair.untilHeld();
        pair.b().failNext(fault);
        pair.release();
        pair.until("the disk is let go", () -> pair.b().disk() == DiskState.DISKLESS);
        pair.a().write(1, 121);
        pair.a().readAll();
        restart(pair, pair.b());
        assertThat(pair.b().disk()).isEqualTo(DiskState.INCONSISTENT);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        pair.a().readAll();
    }

    /** There is no other whole copy: what cannot be read is tried until it can be. */
    @Test
    void aBlockThatTheSourceCannotReadIsCopiedOnceItIsWritten() {
        Pair pair = outage();
        pair.a().spoil(40);
        pair.heal();
        pair.a().untilEvent("resync-read-error");
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.a().write(200);
        pair.a().write(40);
        pair.untilInSync();
        assertThat(pair.a().spoiled(40)).isFalse();
        assertThat(pair.copied()).contains(40);
        pair.a().readAll();
    }

    /** There is no other whole copy: the disk stays, and what it has there is copied once more. */
    @Test
    void aWriteThatTheSourceFailsIsTheClientsErrorAndCopiedAnew() {
        Pair pair = outage();
        pair.holdFrom(FrameType.SYNC_ACK, 5);
        pair.heal();
        pair.untilHeld();
        pair.a().failNext(DiskFault.CHANGE);
        PairRequest write = pair.a().begin(Operation.WRITE, 200, 1);
        pair.release();
        assertThat(write.status()).isEqualTo(IoStatus.IO_ERROR);
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.untilInSync();
        assertThat(pair.copied()).contains(200);
        pair.a().readAll();
    }

    @ParameterizedTest
    @EnumSource(
            value = DiskFault.class,
            names = {"FLUSH", "METADATA"})
    void theDiskOfTheSourceFails(DiskFault fault) {
        Pair pair = outage();
        pair.holdFrom(FrameType.SYNC_ACK, 5);
        pair.heal();
        pair.untilHeld();
        pair.a().failNext(fault);
        pair.release();
        pair.until("the disk is let go", () -> pair.a().disk() == DiskState.DISKLESS);
        assertThat(pair.a().begin(Operation.READ, 0, 1).status()).isNotEqualTo(IoStatus.OK);
        restart(pair, pair.a());
        assertThat(pair.a().disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        pair.a().promote();
        pair.a().readAll();
    }

    @Test
    void theDiskOfATargetThatIsPrimaryFails() {
        Pair pair = outage();
        pair.a().demote();
        pair.heal();
        pair.until("some blocks are copied", () -> pair.copied().size() > 5);
        pair.b().promote();
        pair.b().failNext(DiskFault.CHANGE);
        // The link is begun anew without the disk; a request under way meanwhile is answered badly.
        pair.b().begin(Operation.WRITE, 119, 1).status();
        pair.until("the disk is let go", () -> pair.b().disk() == DiskState.DISKLESS);
        pair.until("connected", () -> pair.b().state().peerUpToDate());
        pair.b().write(3);
        pair.b().readAll();
        restart(pair, pair.b());
        pair.untilInSync();
        pair.a().promote();
        pair.a().readAll();
    }
}
