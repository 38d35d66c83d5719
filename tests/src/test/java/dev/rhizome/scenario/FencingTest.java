package dev.rhizome.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.OnNoData;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.DiskFault;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairCommand;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that has lost its peer goes on only once that is kept from it. */
class FencingTest extends Scenario {
    private static final long RETRY_NS = 10_000_000_000L;

    private Pair fenced(FencingPolicy policy) {
        FencingSettings settings = new FencingSettings(policy, false, RETRY_NS, OnNoData.IO_ERROR);
        return inSync(NodeSetup.DEFAULT.with(settings));
    }

    /** The link is cut under a write: A, Primary, has lost its peer. */
    private static PairRequest cutUnderAWrite(Pair pair) {
        pair.cut();
        PairRequest write = pair.a().begin(Operation.WRITE, 3, 2);
        pair.untilParted();
        return write;
    }

    // ---- a Primary that loses its peer

    @ParameterizedTest
    @CsvSource({
        "3,INCONSISTENT,fence-peer-inconsistent",
        "4,OUTDATED,fence-peer-outdated",
        "5,OUTDATED,fence-peer-down",
        "7,OUTDATED,fence-peer-fenced"
    })
    void clientsWaitUntilThePeerIsFenced(int exitCode, DiskState peerDisk, String rule) {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairRequest write = cutUnderAWrite(pair);
        PairNode a = pair.a();
        PairRequest later = a.begin(Operation.READ, 9, 1);
        pair.quietLink();
        assertThat(a.fenceAsked()).isTrue();
        assertThat(write.answered() || later.answered()).isFalse();
        assertThat(a.replica().suspension().label()).isEqualTo("fencing");
        a.fenceEnds(exitCode);
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        assertThat(later.status()).isEqualTo(IoStatus.OK);
        assertThat(a.state().peerDisk()).isEqualTo(peerDisk);
        assertThat(a.events()).contains(rule, "io-suspended", "io-resumed");
        pair.heal();
        pair.untilInSync();
        pair.until("the way back", a::unfenceAsked);
        a.fenceEnds(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 8, 137})
    void withoutAnAnswerClientsGoOnWaitingAndItIsAskedAgain(int exitCode) {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairRequest write = cutUnderAWrite(pair);
        PairNode a = pair.a();
        pair.quietLink();
        a.fenceEnds(exitCode);
        assertThat(a.events()).contains("fence-peer-no-answer");
        assertThat(write.answered()).isFalse();
        assertThat(a.replica().suspension().meaning()).contains("(" + exitCode + ")");
        pair.until("another question", a::fenceAsked);
        a.fenceEnds(7);
        assertThat(write.status()).isEqualTo(IoStatus.OK);
    }

    @Test
    void whoIsToldThatThePeerGoesOnCeasesToServe() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairRequest write = cutUnderAWrite(pair);
        PairNode a = pair.a();
        pair.quietLink();
        a.fenceEnds(6);
        assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
        pair.until("its demotion", () -> a.state().role() == Role.SECONDARY);
        assertThat(a.state().disk()).isEqualTo(DiskState.OUTDATED);
        assertThat(a.ask(CommandKind.PROMOTE).rule()).isEqualTo("no-up-to-date-data-outdated");
    }

    @Test
    void aPeerThatComesBackInTimeGetsWhatWaited() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairRequest write = cutUnderAWrite(pair);
        PairNode a = pair.a();
        pair.quietLink();
        pair.heal();
        pair.untilInSync();
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        // The answer to the question of before counts no more.
        a.fenceEnds(6);
        assertThat(a.events()).contains("fence-peer-late");
        assertThat(a.state().role()).isEqualTo(Role.PRIMARY);
        assertThat(a.state().disk()).isEqualTo(DiskState.UP_TO_DATE);
        assertThat(a.state().peerDisk()).isEqualTo(DiskState.UP_TO_DATE);
        pair.until("the way back", a::unfenceAsked);
        a.fenceEnds(0);
    }

    /** What DRBD calls on-suspended-primary-outdated: rr-conflict is asked, as of any Primary. */
    @ParameterizedTest
    @EnumSource(RoleConflict.class)
    void aFrozenPrimaryMeetsAPrimaryWithNewerData(RoleConflict policy) {
        FencingSettings settings =
                new FencingSettings(
                        FencingPolicy.RESOURCE_AND_STONITH, false, RETRY_NS, OnNoData.IO_ERROR);
        Pair pair =
                inSync(
                        NodeSetup.DEFAULT
                                .with(settings)
                                .with(ConflictPolicies.DISCONNECT.with(policy)));
        PairRequest write = cutUnderAWrite(pair);
        PairNode a = pair.a();
        PairCommand promotion = pair.b().ask(CommandKind.PROMOTE);
        pair.until("a question", pair.b()::fenceAsked);
        pair.b().fenceEnds(7);
        pair.until("its promotion", promotion::answered);
        pair.b().write(40, 2, 3);
        assertThat(write.answered()).isFalse();
        pair.heal();
        pair.handshake(HandshakeRule.TWO_PRIMARIES);
        if (policy == RoleConflict.CALL_PRI_LOST) {
            a.untilEvent("gave-way");
            assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
        } else {
            assertThat(a.role()).isEqualTo(Role.PRIMARY);
            assertThat(write.answered()).isFalse();
            assertThat(a.command(CommandKind.DEMOTE)).isEqualTo("io-suspended");
            assertThat(a.command(CommandKind.DEMOTE_FORCE)).isEqualTo("demoted");
            assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
            a.command(CommandKind.CONNECT);
            pair.b().command(CommandKind.CONNECT);
        }
        pair.untilInSync();
        assertThat(a.role()).isEqualTo(Role.SECONDARY);
        pair.b().readAll();
    }

    @Test
    void aForcedDemotionFailsWhatWaitsForAnOperator() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.must(CommandKind.SUSPEND_IO);
        PairRequest write = a.begin(Operation.WRITE, 3, 2);
        pair.quietLink();
        assertThat(a.command(CommandKind.DEMOTE)).isEqualTo("io-suspended");
        assertThat(write.answered()).isFalse();
        assertThat(a.command(CommandKind.DEMOTE_FORCE)).isEqualTo("demoted");
        assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
        a.must(CommandKind.RESUME_IO);
        pair.b().promote();
        pair.b().readAll();
    }

    @Test
    void aForcedDemotionFailsWhatWaitsForData() {
        FencingSettings settings =
                new FencingSettings(FencingPolicy.NONE, false, RETRY_NS, OnNoData.SUSPEND_IO);
        Pair pair = inSync(NodeSetup.DEFAULT.with(settings));
        PairNode a = pair.a();
        a.must(CommandKind.DETACH);
        pair.cut();
        pair.untilParted();
        PairRequest write = a.begin(Operation.WRITE, 3, 2);
        pair.quietLink();
        assertThat(write.answered()).isFalse();
        assertThat(a.command(CommandKind.DEMOTE_FORCE)).isEqualTo("demoted");
        assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
        pair.heal();
        a.attach();
        pair.untilInSync();
        pair.b().promote();
        pair.b().readAll();
    }

    /** It has lost what it had not flushed, and comes back as Consistent, not UpToDate. */
    @Test
    void aPeerThatWasRestartedIsBroughtUpToDate() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        pair.a().write(1, 2, 3);
        pair.a().begin(Operation.WRITE, 5, 2);
        pair.b().losePower();
        pair.untilParted();
        PairRequest write = pair.a().begin(Operation.WRITE, 9, 1);
        pair.quietLink();
        assertThat(write.answered()).isFalse();
        pair.b().start();
        pair.untilInSync();
        assertThat(write.status()).isEqualTo(IoStatus.OK);
    }

    /** The target may be UpToDate by then, although its source has not heard of it. */
    @Test
    void aTargetThatWasToldOfItsEndIsFenced() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairRequest write = cutUnderAWrite(pair);
        pair.quietLink();
        pair.a().fenceEnds(7);
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        pair.loseAt(FrameType.SYNC_DONE, 1);
        pair.heal();
        pair.untilTrapped();
        assertThat(pair.b().state().disk()).isEqualTo(DiskState.UP_TO_DATE);
        PairRequest later = pair.a().begin(Operation.WRITE, 9, 1);
        pair.until("a question", pair.a()::fenceAsked);
        assertThat(later.answered()).isFalse();
        pair.a().fenceEnds(7);
        assertThat(later.status()).isEqualTo(IoStatus.OK);
    }

    /**
     * Seed 640672: the same, and the link is closed by the Primary itself, whose disk, the only
     * good one it knows of, has failed a write. It declared a new generation before it heard that
     * the link was down, and so took the peer for one that is known to lack something.
     */
    @Test
    void aTargetThatWasToldOfItsEndIsFencedAlsoByWhoClosesTheLink() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairNode a = pair.a();
        cutUnderAWrite(pair);
        pair.quietLink();
        a.fenceEnds(7);
        pair.holdFrom(FrameType.SYNC_WRITE, 1);
        pair.heal();
        pair.untilHeld();
        a.failNext(DiskFault.CHANGE, 3_000_000);
        PairRequest write = a.begin(Operation.WRITE, 9, 1);
        pair.release();
        pair.holdFrom(FrameType.SYNC_DONE, 1);
        pair.until("a question", a::fenceAsked);
        assertThat(write.status()).isEqualTo(IoStatus.IO_ERROR);
        pair.release();
        pair.untilInSync();
    }

    @Test
    void resourceOnlyServesMeanwhile() {
        Pair pair = fenced(FencingPolicy.RESOURCE_ONLY);
        pair.holdFrom(FrameType.WRITE_ACK, 1);
        PairRequest write = pair.a().begin(Operation.WRITE, 3, 2);
        pair.untilHeld();
        pair.cut();
        // That the peer may lack it goes on record at once.
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        assertThat(pair.a().fenceAsked()).isTrue();
        assertThat(pair.a().replica().suspension().label()).isEqualTo("no");
        pair.a().fenceEnds(4);
    }

    @Test
    void withoutFencingNobodyIsAsked() {
        Pair pair = fenced(FencingPolicy.NONE);
        PairRequest write = cutUnderAWrite(pair);
        pair.quietLink();
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        assertThat(pair.a().fenceAsked()).isFalse();
    }

    @Test
    void anOperatorMayHaveItGoOn() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairRequest write = cutUnderAWrite(pair);
        pair.quietLink();
        assertThat(pair.a().command(CommandKind.RESUME_IO)).isEqualTo("resumed-unfenced");
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        pair.a().fenceEnds(1);
    }

    @Test
    void aFrozenPrimaryIsNotDemotedByCommand() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        cutUnderAWrite(pair);
        PairCommand command = pair.a().ask(CommandKind.DEMOTE);
        assertThat(command.rule()).isEqualTo("io-suspended");
        assertThat(command.reason()).contains("until the peer is fenced", "'resume-io'");
    }

    @Test
    void aFrozenPrimaryThatEndsLeavesWhatItHasWrittenAsAfterACrash() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairRequest write = cutUnderAWrite(pair);
        assertThat(pair.a().command(CommandKind.SHUTDOWN)).isEqualTo("shutdown");
        assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
        pair.a().kill();
        pair.heal();
        pair.a().start();
        pair.untilInSync();
    }

    // ---- what fails, or is ended, while clients wait

    /** It is begun again on both disks; what its disk has said before does not count. */
    @Test
    void aWriteThatFailsHereWhileItWaitsIsDoneOnBoth() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        PairNode a = pair.a();
        a.write(3, 4);
        a.hangDisk();
        a.failNext(DiskFault.CHANGE);
        PairRequest write = a.begin(Operation.WRITE, 3, 2);
        pair.cut();
        pair.untilParted();
        a.wakeDisk();
        pair.quietLink();
        pair.heal();
        pair.untilInSync();
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        a.fenceEnds(1);
        pair.until("the way back", a::unfenceAsked);
        a.fenceEnds(0);
        // Both have the same, so the next loss is fenced like the first.
        PairRequest later = cutUnderAWrite(pair);
        pair.until("a question", a::fenceAsked);
        assertThat(later.answered()).isFalse();
        a.fenceEnds(7);
        assertThat(later.status()).isEqualTo(IoStatus.OK);
    }

    /** No generation is made by a demotion whose end comes after the peer went on. */
    @Test
    void aDemotionThatTheLossOvertakesMakesNoSplitBrain() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        pair.a().write(1, 2, 3);
        pair.b().hangDisk();
        PairRequest write = pair.a().begin(Operation.WRITE, 3, 2);
        PairCommand demotion = pair.a().ask(CommandKind.DEMOTE);
        pair.cut();
        pair.untilParted();
        pair.b().wakeDisk();
        PairCommand promotion = pair.b().ask(CommandKind.PROMOTE);
        pair.until("a question", pair.b()::fenceAsked);
        pair.b().fenceEnds(7);
        assertThat(promotion.rule()).isEqualTo("up-to-date");
        pair.b().write(9);
        pair.a().fenceEnds(6);
        assertThat(demotion.accepted() || write.answered()).isTrue();
        assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
        pair.heal();
        pair.untilInSync();
    }

    @Test
    void aShutdownThatTheLossOvertakesEnds() {
        Pair pair = fenced(FencingPolicy.RESOURCE_AND_STONITH);
        pair.b().hangDisk();
        PairRequest write = pair.a().begin(Operation.WRITE, 3, 2);
        PairCommand shutdown = pair.a().ask(CommandKind.SHUTDOWN);
        pair.cut();
        assertThat(shutdown.rule()).isEqualTo("shutdown");
        assertThat(write.status()).isEqualTo(IoStatus.NO_DATA);
        pair.b().wakeDisk();
        pair.a().kill();
        pair.heal();
        pair.a().start();
        pair.untilInSync();
    }

    // ---- promotion without the peer

    /** Nothing else happens on a node that has left its peer. */
    @Test
    void aNodeThatHasLeftItsPeerAsksToo() {
        Pair pair = fenced(FencingPolicy.RESOURCE_ONLY);
        pair.a().kill();
        pair.untilParted();
        pair.b().must(CommandKind.DISCONNECT);
        PairCommand command = pair.b().ask(CommandKind.PROMOTE);
        assertThat(pair.b().fenceAsked()).isTrue();
        pair.b().fenceEnds(7);
        assertThat(command.rule()).isEqualTo("up-to-date");
        pair.b().must(CommandKind.CONNECT);
        pair.a().start();
        pair.untilInSync();
    }

    @ParameterizedTest
    @EnumSource(
            value = FencingPolicy.class,
            names = {"RESOURCE_ONLY", "RESOURCE_AND_STONITH"})
    void aPromotionWithoutThePeerAsksFirst(FencingPolicy policy) {
        Pair pair = fenced(policy);
        pair.a().write(1, 2, 3);
        pair.a().kill();
        pair.untilParted();
        PairCommand command = pair.b().ask(CommandKind.PROMOTE);
        pair.until("a question", pair.b()::fenceAsked);
        pair.b().fenceEnds(7);
        assertThat(command.rule()).isEqualTo("up-to-date");
        pair.b().write(4);
        pair.a().start();
        pair.untilInSync();
    }

    @ParameterizedTest
    @CsvSource({"1,not-fenced,UP_TO_DATE", "6,not-fenced,OUTDATED"})
    void aPromotionThatIsNotGrantedIsRefused(int exitCode, String rule, DiskState disk) {
        Pair pair = fenced(FencingPolicy.RESOURCE_ONLY);
        pair.cut();
        pair.untilParted();
        pair.a().fenceEnds(1);
        PairCommand command = pair.b().ask(CommandKind.PROMOTE);
        pair.until("a question", pair.b()::fenceAsked);
        pair.b().fenceEnds(exitCode);
        assertThat(command.rule()).isEqualTo(rule);
        assertThat(command.reason()).contains("connect the peer, or use --force");
        assertThat(pair.b().state().disk()).isEqualTo(disk);
    }

    @ParameterizedTest
    @EnumSource(
            value = FencingPolicy.class,
            names = {"RESOURCE_ONLY", "RESOURCE_AND_STONITH"})
    void byForceItIsAskedAndNotHeeded(FencingPolicy policy) {
        Pair pair = fenced(policy);
        pair.a().kill();
        pair.untilParted();
        PairCommand command = pair.b().ask(CommandKind.PROMOTE_FORCE);
        pair.until("a question", pair.b()::fenceAsked);
        pair.b().fenceEnds(1);
        assertThat(command.rule()).isEqualTo("up-to-date");
        assertThat(pair.b().events()).contains("promoted-unfenced");
        pair.b().write(4);
        pair.a().start();
        pair.untilInSync();
    }

    // ---- with a witness

    private Pair witnessed() {
        Pair pair =
                inSync(
                        NodeSetup.DEFAULT.with(
                                new FencingSettings(
                                        FencingPolicy.WITNESS, true, RETRY_NS, OnNoData.IO_ERROR)));
        // What processes of before may have been granted is given back.
        for (PairNode node : new PairNode[] {pair.a(), pair.b()}) {
            pair.until("what is given back", node::unfenceAsked);
            node.fenceEnds(0);
        }
        return pair;
    }

    @Test
    void aSecondaryTakesOverByItself() {
        Pair pair = witnessed();
        PairNode b = pair.b();
        pair.a().write(1, 2, 3);
        pair.a().kill();
        pair.untilParted();
        pair.until("a question", b::fenceAsked);
        b.fenceEnds(5);
        pair.until("the takeover", () -> b.state().role() == Role.PRIMARY);
        assertThat(b.events()).contains("takeover");
        b.write(4);
        pair.a().start();
        pair.untilInSync();
    }

    /**
     * Seed 407447: the hello of B had arrived, that of A waited for its disk, and the link fell
     * silent. B took over at once, while A, with the old hello, went on serving.
     */
    @Test
    void aLinkThatWasOnlyAboutToComeUpIsALossToWaitAfter() {
        Pair pair = witnessed();
        PairNode b = pair.b();
        pair.cut();
        pair.loseAt(FrameType.HELLO, 1);
        pair.heal();
        pair.untilTrapped();
        assertThat(b.fenceAsked()).isFalse();
        pair.cut();
        pair.until("a question", b::fenceAsked);
        b.fenceEnds(5);
        pair.until("the takeover", () -> b.state().role() == Role.PRIMARY);
        pair.a().fenceEnds(6);
        pair.until("its end", () -> pair.a().state().role() == Role.SECONDARY);
        pair.heal();
        pair.untilInSync();
    }

    @Test
    void afterAnOrderlyDemotionNobodyTakesOver() {
        Pair pair = witnessed();
        pair.a().demote();
        pair.a().kill();
        pair.untilParted();
        pair.quietLink();
        assertThat(pair.b().fenceAsked()).isFalse();
        pair.a().start();
        pair.untilInSync();
    }

    // ---- suspended by an operator, and for want of data

    @Test
    void anOperatorSuspendsAndResumes() {
        Pair pair = inSync();
        PairNode a = pair.a();
        assertThat(a.command(CommandKind.SUSPEND_IO)).isEqualTo("suspended");
        PairRequest write = a.begin(Operation.WRITE, 3, 2);
        PairRequest read = a.begin(Operation.READ, 9, 2);
        pair.quietLink();
        assertThat(write.answered() || read.answered()).isFalse();
        assertThat(a.replica().suspension().label()).isEqualTo("user");
        assertThat(a.command(CommandKind.DEMOTE)).isEqualTo("io-suspended");
        assertThat(a.command(CommandKind.RESUME_IO)).isEqualTo("resumed");
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        assertThat(read.status()).isEqualTo(IoStatus.OK);
    }

    private Pair waitsForData() {
        return inSync(
                NodeSetup.DEFAULT.with(
                        new FencingSettings(
                                FencingPolicy.NONE, false, RETRY_NS, OnNoData.SUSPEND_IO)));
    }

    @Test
    void withoutDataClientsWaitForIt() {
        Pair pair = waitsForData();
        PairNode a = pair.a();
        a.must(CommandKind.DETACH);
        pair.quiet();
        pair.cut();
        PairRequest write = a.begin(Operation.WRITE, 3, 2);
        pair.untilParted();
        PairRequest read = a.begin(Operation.READ, 9, 2);
        pair.quietLink();
        assertThat(write.answered() || read.answered()).isFalse();
        assertThat(a.replica().suspension().label()).isEqualTo("no-data");
        pair.heal();
        assertThat(write.status()).isEqualTo(IoStatus.OK);
        assertThat(read.status()).isEqualTo(IoStatus.OK);
        assertThat(a.attach()).isEqualTo("attached");
    }

    @Test
    void anOperatorMayHaveWhatWaitsForDataFail() {
        Pair pair = waitsForData();
        PairNode a = pair.a();
        a.must(CommandKind.DETACH);
        pair.quiet();
        pair.cut();
        pair.untilParted();
        PairRequest read = a.begin(Operation.READ, 9, 2);
        pair.quietLink();
        assertThat(read.answered()).isFalse();
        assertThat(a.command(CommandKind.RESUME_IO)).isEqualTo("resumed-without-data");
        assertThat(read.status()).isEqualTo(IoStatus.NO_DATA);
        pair.heal();
        pair.until("data", () -> a.state().peerUpToDate());
        assertThat(a.attach()).isEqualTo("attached");
    }

    // ---- outdate

    @Test
    void anOperatorOutdates() {
        Pair pair = inSync();
        assertThat(pair.a().command(CommandKind.OUTDATE)).isEqualTo("primary-is-not-outdated");
        assertThat(pair.b().command(CommandKind.OUTDATE)).isEqualTo("connected-is-not-outdated");
        pair.cut();
        pair.untilParted();
        assertThat(pair.b().command(CommandKind.OUTDATE)).isEqualTo("outdated");
        assertThat(pair.b().command(CommandKind.OUTDATE)).isEqualTo("already-outdated");
        assertThat(pair.b().ask(CommandKind.PROMOTE).rule())
                .isEqualTo("no-up-to-date-data-outdated");
    }
}
