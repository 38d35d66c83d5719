package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.DiskFault;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is done about a disk that fails, or hangs: on-io-error, disk-timeout, read repair. */
class DiskPolicyTest extends Scenario {
    private static final long TIMEOUT_NS = 1_000_000;

    private Pair with(OnIoError policy) {
        return inSync(NodeSetup.DEFAULT.with(new DiskPolicy(policy, 0)));
    }

    private Pair withTimeout() {
        return inSync(NodeSetup.DEFAULT.with(new DiskPolicy(OnIoError.DETACH, TIMEOUT_NS)));
    }

    private static void bringBack(Pair pair, PairNode node) {
        pair.until("the disk owes nothing", () -> !node.owes());
        assertThat(node.attach()).isEqualTo("attached");
    }

    // ---- on-io-error

    @Test
    void detachHidesAFailedWriteFromTheClient() {
        Pair pair = with(OnIoError.DETACH);
        pair.a().failNext(DiskFault.CHANGE);
        assertThat(pair.a().begin(Operation.WRITE, 5, 1).status()).isEqualTo(IoStatus.OK);
        assertThat(pair.a().disk()).isEqualTo(DiskState.DISKLESS);
        assertThat(pair.a().handlers()).isEmpty();
        bringBack(pair, pair.a());
    }

    @Test
    void callLocalIoErrorCallsTheHandlerToo() {
        Pair pair = with(OnIoError.CALL_LOCAL_IO_ERROR);
        pair.a().failNext(DiskFault.CHANGE);
        assertThat(pair.a().begin(Operation.WRITE, 5, 1).status()).isEqualTo(IoStatus.OK);
        assertThat(pair.a().disk()).isEqualTo(DiskState.DISKLESS);
        assertThat(pair.a().handlers()).containsExactly(Handler.LOCAL_IO_ERROR);
        bringBack(pair, pair.a());
    }

    @Test
    void passOnTellsTheClientAndThenLetsTheDiskGo() {
        Pair pair = with(OnIoError.PASS_ON);
        pair.a().failNext(DiskFault.CHANGE);
        assertThat(pair.a().begin(Operation.WRITE, 5, 1).status()).isEqualTo(IoStatus.IO_ERROR);
        assertThat(pair.a().disk()).isEqualTo(DiskState.DISKLESS);
        pair.a().write(6);
        pair.a().readAll();
        bringBack(pair, pair.a());
    }

    @ParameterizedTest
    @EnumSource(OnIoError.class)
    void theLastGoodDiskStaysWhateverThePolicy(OnIoError policy) {
        Pair pair = with(policy);
        PairNode a = pair.a();
        pair.cut();
        a.write(5);
        a.failNext(DiskFault.CHANGE);
        assertThat(a.begin(Operation.WRITE, 6, 1).status()).isEqualTo(IoStatus.IO_ERROR);
        a.spoil(9);
        assertThat(a.begin(Operation.READ, 9, 1).status()).isEqualTo(IoStatus.IO_ERROR);
        assertThat(a.disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(a.handlers()).isEmpty();
        a.read(5, 1);
        a.write(9, 6);
        pair.heal();
        pair.untilInSync();
    }

    /** Nobody can tell what is there now: the peer is not called equal. */
    @Test
    @Shows(BITMAP_SELF)
    void aWriteThatHasFailedOnTheLastGoodDiskIsCopiedToThePeerThatReturns() {
        Pair pair = with(OnIoError.DETACH);
        pair.cut();
        pair.a().failNext(DiskFault.CHANGE);
        assertThat(pair.a().begin(Operation.WRITE, 6, 1).status()).isEqualTo(IoStatus.IO_ERROR);
        pair.mark();
        pair.heal();
        pair.handshake(BITMAP_SELF);
        pair.untilInSync();
        assertThat(pair.copied()).contains(6);
    }

    @ParameterizedTest
    @EnumSource(OnIoError.class)
    void aSecondarysDiskThatLacksAWriteIsNoCopyWhateverThePolicy(OnIoError policy) {
        Pair pair = with(policy);
        pair.b().failNext(DiskFault.CHANGE);
        pair.a().write(5);
        assertThat(pair.b().disk()).isEqualTo(DiskState.DISKLESS);
        boolean calls = policy == OnIoError.CALL_LOCAL_IO_ERROR;
        assertThat(pair.b().handlers().contains(Handler.LOCAL_IO_ERROR)).isEqualTo(calls);
        assertThat(pair.a().outOfSyncBlocks()).contains(5);
        pair.a().write(6);
        bringBack(pair, pair.b());
    }

    @Test
    void theDiskThatServesAPrimaryWithoutOneStays() {
        Pair pair = with(OnIoError.DETACH);
        PairNode a = pair.a();
        a.must(CommandKind.DETACH);
        a.write(4);
        pair.b().failNext(DiskFault.CHANGE);
        assertThat(a.begin(Operation.WRITE, 5, 1).status()).isEqualTo(IoStatus.IO_ERROR);
        pair.b().spoil(9);
        assertThat(a.begin(Operation.READ, 9, 1).status()).isEqualTo(IoStatus.IO_ERROR);
        assertThat(pair.b().disk()).isEqualTo(DiskState.UP_TO_DATE);
        a.write(5, 9);
        a.readAll();
        bringBack(pair, a);
    }

    // ---- read repair

    @Test
    void aRepairWaitsForAWriteThatIsUnderWay() {
        Pair pair = with(OnIoError.DETACH);
        PairNode a = pair.a();
        a.spoil(5);
        pair.holdFrom(FrameType.WRITE_ACK, 1);
        PairRequest write = a.begin(Operation.WRITE, 4, 1);
        pair.untilHeld();
        PairRequest read = a.begin(Operation.READ, 4, 2);
        PairRequest later = a.begin(Operation.WRITE, 5, 1);
        pair.release();
        write.done();
        read.done();
        later.done();
        assertThat(a.spoiled(5)).isFalse();
        a.read(4, 2);
        assertThat(a.disk()).isEqualTo(DiskState.UP_TO_DATE);
    }

    @Test
    void aBlockThatCannotBeWrittenEitherCostsTheDiskButNoRequest() {
        Pair pair = with(OnIoError.PASS_ON);
        PairNode a = pair.a();
        a.spoil(5);
        a.failNext(DiskFault.CHANGE);
        a.read(5, 1);
        assertThat(a.disk()).isEqualTo(DiskState.DISKLESS);
        a.readAll();
        bringBack(pair, a);
    }

    @Test
    void aRepairEndsWithAnErrorIfThePeerIsLostMeanwhile() {
        Pair pair = with(OnIoError.DETACH);
        PairNode a = pair.a();
        a.spoil(5);
        pair.loseAt(FrameType.READ_REPLY, 1);
        PairRequest read = a.begin(Operation.READ, 5, 1);
        pair.untilTrapped();
        assertThat(read.status()).isNotEqualTo(IoStatus.OK);
        assertThat(a.disk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.heal();
        pair.until("connected", a::established);
        a.read(5, 1);
        assertThat(a.spoiled(5)).isFalse();
    }

    // ---- disk-timeout

    @Test
    void aPrimaryGivesADiskUpThatHangs() {
        Pair pair = withTimeout();
        PairNode a = pair.a();
        a.hang();
        PairRequest write = a.begin(Operation.WRITE, 5, 1);
        PairRequest read = a.begin(Operation.READ, 6, 1);
        PairRequest flush = a.begin(Operation.FLUSH, 0, 0);
        write.done();
        read.done();
        flush.done();
        assertThat(a.disk()).isEqualTo(DiskState.DISKLESS);
        a.write(5, 7);
        assertThat(a.attach()).isEqualTo("disk-busy");
        a.recover();
        bringBack(pair, a);
    }

    @Test
    void aSecondaryGivesItsDiskUpAndThePrimaryGoesOn() {
        Pair pair = withTimeout();
        pair.b().hang();
        PairRequest write = pair.a().begin(Operation.WRITE, 5, 1);
        write.done();
        assertThat(pair.b().disk()).isEqualTo(DiskState.DISKLESS);
        pair.a().write(6);
        pair.b().recover();
        bringBack(pair, pair.b());
    }

    @Test
    void theLastGoodDiskIsWaitedFor() {
        Pair pair = withTimeout();
        PairNode a = pair.a();
        pair.cut();
        a.write(5);
        a.hang();
        PairRequest write = a.begin(Operation.WRITE, 6, 1);
        pair.after(10 * TIMEOUT_NS);
        assertThat(write.answered()).isFalse();
        assertThat(a.disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(a.role()).isEqualTo(Role.PRIMARY);
        a.recover();
        write.done();
        pair.heal();
    }

    @Test
    void anOperatorGivesTheLastOneUpThatHangs() {
        Pair pair = withTimeout();
        PairNode a = pair.a();
        pair.cut();
        a.hang();
        PairRequest write = a.begin(Operation.WRITE, 6, 1);
        assertThat(a.command(CommandKind.DETACH_FORCE)).isEqualTo("detached");
        assertThat(write.status()).isNotEqualTo(IoStatus.OK);
        a.demote();
        a.recover();
        bringBack(pair, a);
        pair.heal();
    }
}
