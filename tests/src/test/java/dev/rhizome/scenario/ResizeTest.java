package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.CRASHED_SELF;
import static dev.rhizome.core.handshake.HandshakeRule.SIZE_BEHIND_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.SIZE_BEHIND_SELF;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.resize.DiskGrowth;
import dev.rhizome.core.resize.DiskGrowth.Step;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.simulator.DiskFault;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairCommand;
import dev.rhizome.simulator.PairNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A volume becomes larger while it is used, and every way in which it does not. */
class ResizeTest extends Scenario {
    private static final int MORE = 40;

    /** A is Primary, both devices have grown. */
    private Pair grownDevices() {
        Pair pair = inSync();
        pair.a().growDevice(MORE);
        pair.b().growDevice(MORE);
        return pair;
    }

    private static void requireGrown(Pair pair, int blocks) {
        assertThat(pair.a().grownBlocks()).isEqualTo(blocks);
        assertThat(pair.b().grownBlocks()).isEqualTo(blocks);
    }

    @Test
    void thePrimaryAsksAndWritesIntoWhatIsNew() {
        Pair pair = grownDevices();
        pair.a().write(3);
        assertThat(pair.a().resize(0, false).rule()).isEqualTo("resized");
        requireGrown(pair, MORE);
        pair.a().read(256, MORE);
        pair.a().write(256, 256 + MORE - 1, 5);
        pair.a().losePower();
        pair.a().start();
    }

    @Test
    void theSecondaryAsks() {
        Pair pair = grownDevices();
        assertThat(pair.b().resize(8, false).rule()).isEqualTo("resized");
        requireGrown(pair, 8);
        pair.a().write(256 + 7);
        assertThat(pair.a().resize(0, false).rule()).isEqualTo("resized");
        requireGrown(pair, MORE);
        pair.a().write(256 + MORE - 1);
    }

    @Test
    void theSmallerDeviceCounts() {
        Pair pair = inSync();
        pair.a().growDevice(MORE);
        pair.b().growDevice(MORE / 2);
        assertThat(pair.a().resize(0, false).rule()).isEqualTo("resized");
        requireGrown(pair, MORE / 2);
    }

    @Test
    void changesThatAreUnderWayEndFirst() {
        Pair pair = grownDevices();
        pair.a().begin(Operation.WRITE, 1, 2);
        PairCommand command = pair.a().resize(0, false);
        pair.a().begin(Operation.WRITE, 9, 2);
        assertThat(command.rule()).isEqualTo("resized");
        pair.a().write(257);
    }

    // ---- refusals

    @Test
    void notWithoutThePeer() {
        Pair pair = grownDevices();
        pair.cut();
        pair.untilParted();
        PairCommand command = pair.a().resize(0, false);
        assertThat(command.rule()).isEqualTo("resize-not-connected");
        assertThat(command.reason()).contains("connect them first");
    }

    @Test
    void notWhileSomethingIsCopied() {
        Pair pair = grownDevices();
        pair.a().failNext(DiskFault.CHANGE);
        pair.a().begin(Operation.WRITE, 1, 1);
        pair.until("no disk", () -> pair.a().state().disk() == DiskState.DISKLESS);
        PairCommand command = pair.a().resize(0, false);
        assertThat(command.rule()).isEqualTo("resize-not-in-step");
        assertThat(command.reason()).contains("wait until they are");
        pair.quiet();
        pair.a().kill();
        pair.a().start();
    }

    @Test
    void notSmaller() {
        Pair pair = grownDevices();
        PairCommand command = pair.a().resize(-1, false);
        assertThat(command.rule()).isEqualTo("resize-shrinks");
        assertThat(command.reason()).contains("cannot be made smaller");
    }

    @Test
    void notWithoutRoom() {
        Pair pair = inSync();
        pair.a().growDevice(MORE);
        PairCommand command = pair.a().resize(0, false);
        assertThat(command.rule()).isEqualTo("resize-no-room");
        assertThat(command.reason()).contains("grow the backing device of both nodes first");
        command = pair.a().resize(MORE, false);
        assertThat(command.rule()).isEqualTo("resize-too-large");
        assertThat(command.reason()).contains("grow the backing device of both nodes first");
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void aDiskThatRefuses(Step step) {
        Pair pair = grownDevices();
        pair.a().growthComesTo(step, DiskGrowth.failed("no such luck"));
        PairCommand command = pair.a().resize(0, false);
        assertThat(command.rule()).isEqualTo("resize-disk");
        assertThat(command.reason()).isEqualTo("this node: no such luck");
        // The peer's own step ends meanwhile, too.
        pair.a().write(1, 2, 3, 4, 5, 6, 7, 8);
        pair.a().write(1, 2, 3, 4, 5, 6, 7, 8);
        pair.b().growthComesTo(step, DiskGrowth.failed("nor here"));
        command = pair.a().resize(0, false);
        assertThat(command.rule()).isEqualTo("resize-peer");
        assertThat(command.reason()).isEqualTo("the peer: nor here");
        pair.quiet();
        requireGrown(pair, 0);
        pair.a().write(1);
        assertThat(pair.a().resize(0, false).rule()).isEqualTo("resized");
    }

    @Test
    void metadataThatIsLostOnTheWayCostsTheDisk() {
        Pair pair = grownDevices();
        pair.b().growthComesTo(Step.MOVE, new DiskGrowth(0, null, "it broke", true));
        assertThat(pair.a().resize(0, false).rule()).isEqualTo("resize-peer");
        assertThat(pair.b().state().disk()).isEqualTo(DiskState.DISKLESS);
        pair.b().kill();
        pair.b().start();
    }

    @Test
    void oneAtATime() {
        Pair pair = grownDevices();
        PairCommand one = pair.a().resize(0, false);
        PairCommand other = pair.b().resize(0, false);
        assertThat(one.accepted() && other.accepted()).isFalse();
        assertThat(other.rule() + one.rule()).contains("resize-");
    }

    @Test
    void nobodyIsPromotedMeanwhile() {
        Pair pair = grownDevices();
        pair.a().demote();
        PairCommand resize = pair.a().resize(0, false);
        PairCommand promote = pair.b().ask(CommandKind.PROMOTE);
        assertThat(resize.rule()).isEqualTo("resized");
        assertThat(promote.rule()).isEqualTo("peer-refuses");
    }

    // ---- what ends it on the way

    @ParameterizedTest
    @EnumSource(Step.class)
    void thePeerDiesOnTheWay(Step step) {
        Pair pair = grownDevices();
        pair.b().diesIn(step);
        PairCommand command = pair.a().resize(0, false);
        pair.until("its death", () -> !pair.b().alive());
        pair.untilParted();
        assertThat(command.rule()).isEqualTo("resize-interrupted");
        pair.b().start();
        pair.untilInSync();
        requireGrown(pair, 0);
        assertThat(pair.a().resize(0, false).rule()).isEqualTo("resized");
    }

    @ParameterizedTest
    @EnumSource(Step.class)
    void theLeaderDiesOnTheWay(Step step) {
        Pair pair = grownDevices();
        pair.a().diesIn(step);
        var unused = pair.a().resize(0, false);
        pair.until("its death", () -> !pair.a().alive());
        pair.untilParted();
        pair.a().start();
        pair.handshake(CRASHED_SELF);
        pair.untilInSync();
        requireGrown(pair, 0);
        pair.a().promote();
        assertThat(pair.a().resize(0, false).rule()).isEqualTo("resized");
    }

    @Test
    @Shows({SIZE_BEHIND_SELF, SIZE_BEHIND_PEER})
    void whoIsBehindGrowsBeforeTheyAgree() {
        Pair pair = grownDevices();
        PairNode b = pair.b();
        var unused = pair.a().resize(0, false);
        pair.until("the peer's record", () -> b.grownBlocks() == MORE);
        pair.a().kill();
        assertThat(pair.a().grownBlocks()).isZero();
        pair.untilParted();
        pair.a().start();
        pair.handshake(SIZE_BEHIND_SELF);
        pair.untilInSync();
        requireGrown(pair, MORE);
        pair.a().promote();
        pair.a().write(256 + MORE - 1);
    }

    @Test
    void aPrimaryThatIsBehindGrowsWhileItServes() {
        Pair pair = grownDevices();
        PairNode b = pair.b();
        PairCommand command = pair.a().resize(0, false);
        pair.until("the peer's record", () -> b.grownBlocks() == MORE);
        pair.cut();
        pair.untilParted();
        assertThat(command.rule()).startsWith("resize");
        pair.a().write(1, 2, 3);
        pair.heal();
        pair.untilInSync();
        requireGrown(pair, MORE);
        pair.a().write(256 + MORE - 1);
    }

    @Test
    void aPrimaryWithoutADiskIsNotAsLargeAsDataThatServesNobody() {
        Pair pair = grownDevices();
        PairNode a = pair.a();
        PairNode b = pair.b();
        var unused = a.resize(0, false);
        pair.until("the peer's record", () -> b.grownBlocks() == MORE);
        pair.cut();
        pair.untilParted();
        long shownBytes = a.replica().volumeBytes();

        b.must(CommandKind.INVALIDATE);
        a.must(CommandKind.DETACH_FORCE);
        pair.heal();
        pair.until("a talk", () -> a.state().peerDisk() == DiskState.INCONSISTENT);
        assertThat(a.replica().volumeBytes()).isEqualTo(shownBytes);

        a.kill();
        a.start();
        pair.untilInSync();
        requireGrown(pair, MORE);
    }
}
