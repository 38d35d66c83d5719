package dev.rhizome.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.policy.Handler;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.resync.SyncLimit;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.ReplicationState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import org.junit.jupiter.api.Test;

/**
 * Operators pause resyncs, have data copied anew, and skip the first copy. DRBD's resync-pause,
 * invalidate, invalidate-remote, initial-resync-clear-bitmap.
 */
class SyncCommandsTest extends Scenario {
    private static final int BLOCKS = NodeSetup.DEFAULT.blocks();

    /** Both nodes say why nothing is to be done, and nothing is done. */
    private static void requireRefused(PairNode node, CommandKind kind, String rule) {
        Generations before = node.generations();
        DiskState disk = node.disk();
        var asked = node.ask(kind);
        assertThat(asked.rule()).isEqualTo(rule);
        assertThat(asked.accepted()).isFalse();
        assertThat(asked.reason()).isNotBlank();
        assertThat(node.disk()).isEqualTo(disk);
        assertThat(node.generations()).isEqualTo(before);
    }

    // ---- pause-sync, resume-sync

    /** A copies every second block to B. */
    private Pair copying() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(blocks(0, 256, 2));
        pair.heal();
        pair.until("a checkpoint", () -> pair.a().outOfSync() < 128);
        return pair;
    }

    private static void requirePaused(Pair pair) {
        pair.quiet();
        assertThat(pair.a().state().replication()).isEqualTo(ReplicationState.PAUSED_SYNC_SOURCE);
        assertThat(pair.b().state().replication()).isEqualTo(ReplicationState.PAUSED_SYNC_TARGET);
        int copied = pair.copied().size();
        pair.quiet();
        assertThat(pair.copied()).hasSize(copied).hasSizeLessThan(128);
    }

    @Test
    void theSourcePausesAndResumes() {
        Pair pair = copying();
        assertThat(pair.a().command(CommandKind.PAUSE_SYNC)).isEqualTo("pause-sync");
        requirePaused(pair);
        assertThat(pair.a().replica().resyncView().limit()).isEqualTo(SyncLimit.PAUSED_BY_USER);
        assertThat(pair.b().replica().resyncView().limit()).isEqualTo(SyncLimit.PAUSED_BY_PEER);
        assertThat(pair.a().replica().resyncSuspended()).isEqualTo("user");
        assertThat(pair.b().replica().resyncSuspended()).isEqualTo("peer");
        assertThat(pair.a().command(CommandKind.RESUME_SYNC)).isEqualTo("resume-sync");
        pair.untilInSync();
    }

    @Test
    void theTargetPausesAndResumes() {
        Pair pair = copying();
        assertThat(pair.b().command(CommandKind.PAUSE_SYNC)).isEqualTo("pause-sync");
        requirePaused(pair);
        assertThat(pair.a().replica().resyncView().limit()).isEqualTo(SyncLimit.PAUSED_BY_PEER);
        assertThat(pair.b().command(CommandKind.RESUME_SYNC)).isEqualTo("resume-sync");
        pair.untilInSync();
    }

    @Test
    void bothPauseAndBothMustResume() {
        Pair pair = copying();
        pair.a().must(CommandKind.PAUSE_SYNC);
        pair.b().must(CommandKind.PAUSE_SYNC);
        requirePaused(pair);
        assertThat(pair.a().replica().resyncSuspended()).isEqualTo("user,peer");
        pair.a().must(CommandKind.RESUME_SYNC);
        requirePaused(pair);
        assertThat(pair.a().replica().resyncSuspended()).isEqualTo("peer");
        pair.b().must(CommandKind.RESUME_SYNC);
        pair.untilInSync();
    }

    @Test
    void writesAreMirroredDuringAPauseAndWhatWasCopiedStaysSo() {
        Pair pair = copying();
        pair.a().must(CommandKind.PAUSE_SYNC);
        pair.quiet();
        pair.a().write(1, 255);
        pair.a().write(250);
        pair.a().read(240, 16);
        requirePaused(pair);
        long left = pair.a().outOfSync();
        assertThat(left).isBetween(1L, 127L);
        pair.cut();
        pair.heal();
        pair.quiet();
        assertThat(pair.a().outOfSync()).isLessThanOrEqualTo(left + 3);
        pair.a().must(CommandKind.RESUME_SYNC);
        pair.untilInSync();
    }

    @Test
    void aPauseOutlivesTheLinkAndAwaitsTheNextResync() {
        Pair pair = inSync();
        pair.b().must(CommandKind.PAUSE_SYNC);
        pair.cut();
        pair.a().write(blocks(0, 256, 2));
        pair.heal();
        pair.until(
                "a pause",
                () ->
                        pair.a().state().replication() == ReplicationState.PAUSED_SYNC_SOURCE
                                && pair.b().state().replication()
                                        == ReplicationState.PAUSED_SYNC_TARGET);
        requirePaused(pair);
        pair.cut();
        pair.heal();
        pair.until(
                "a pause again",
                () -> pair.a().state().replication() == ReplicationState.PAUSED_SYNC_SOURCE);
        pair.b().must(CommandKind.RESUME_SYNC);
        pair.untilInSync();
    }

    @Test
    void aPauseEndsWithTheProcess() {
        Pair pair = copying();
        pair.b().must(CommandKind.PAUSE_SYNC);
        requirePaused(pair);
        pair.b().kill();
        pair.untilParted();
        pair.b().start();
        pair.untilInSync();
    }

    @Test
    void aPauseThatIsSetIsRefused() {
        Pair pair = inSync();
        pair.a().must(CommandKind.PAUSE_SYNC);
        requireRefused(pair.a(), CommandKind.PAUSE_SYNC, "pause-is-set");
        pair.a().must(CommandKind.RESUME_SYNC);
    }

    @Test
    void aPauseThatIsNotSetCannotBeTakenBack() {
        Pair pair = inSync();
        requireRefused(pair.a(), CommandKind.RESUME_SYNC, "pause-is-clear");
        pair.b().must(CommandKind.PAUSE_SYNC);
        pair.quiet();
        requireRefused(pair.a(), CommandKind.RESUME_SYNC, "pause-is-clear");
        assertThat(pair.a().ask(CommandKind.RESUME_SYNC).reason()).contains("resume-sync there");
        pair.b().must(CommandKind.RESUME_SYNC);
    }

    // ---- invalidate, invalidate-remote

    @Test
    void aSecondaryIsInvalidatedAndCopiedAnew() {
        Pair pair = inSync();
        pair.a().write(3);
        pair.mark();
        assertThat(pair.b().command(CommandKind.INVALIDATE)).isEqualTo("invalidate");
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(BLOCKS);
        assertThat(pair.a().role()).isEqualTo(Role.PRIMARY);
        pair.a().readAll();
    }

    @Test
    void theAnswerComesWhenTheMarkIsDurable() {
        Pair pair = inSync();
        pair.holdFrom(FrameType.SYNC_READY, 1);
        assertThat(pair.b().command(CommandKind.INVALIDATE)).isEqualTo("invalidate");
        pair.b().losePower();
        assertThat(pair.b().superblock().has(Superblock.Flag.CONSISTENT)).isFalse();
        pair.release();
        pair.untilParted();
        pair.b().start();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(BLOCKS);
    }

    @Test
    void aPrimaryIsInvalidatedAndServedByItsPeer() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.write(3, 200);
        pair.mark();
        assertThat(a.command(CommandKind.INVALIDATE)).isEqualTo("invalidate");
        assertThat(a.role()).isEqualTo(Role.PRIMARY);
        a.read(0, 16);
        a.write(17, 201);
        pair.untilInSync();
        assertThat(pair.copied()).hasSizeGreaterThan(BLOCKS - 16);
        a.readAll();
    }

    @Test
    void anInvalidatedPrimaryThatLosesItsPeerServesNothingUntilItIsBack() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.must(CommandKind.INVALIDATE);
        pair.until("blocks", () -> pair.copied().size() > 20);
        pair.cut();
        assertThat(a.disk()).isEqualTo(DiskState.INCONSISTENT);
        assertThat(a.begin(Operation.READ, 0, 1).status()).isEqualTo(IoStatus.NO_DATA);
        assertThat(a.handlers()).containsExactly(Handler.PRI_ON_INCON_DEGR);
        pair.heal();
        pair.untilInSync();
        assertThat(a.role()).isEqualTo(Role.PRIMARY);
        a.readAll();
    }

    @Test
    void thePeerIsInvalidated() {
        Pair pair = inSync();
        pair.mark();
        assertThat(pair.a().command(CommandKind.INVALIDATE_REMOTE)).isEqualTo("invalidate-remote");
        pair.a().write(9, 100);
        pair.untilInSync();
        assertThat(pair.copied()).hasSizeGreaterThan(BLOCKS - 16);
        pair.a().readAll();
    }

    @Test
    void aSecondaryInvalidatesAPrimary() {
        Pair pair = inSync();
        assertThat(pair.b().command(CommandKind.INVALIDATE_REMOTE)).isEqualTo("invalidate-remote");
        assertThat(pair.a().role()).isEqualTo(Role.PRIMARY);
        pair.a().write(9, 100);
        pair.untilInSync();
        pair.a().readAll();
    }

    @Test
    void writesGoOnWhileACopyIsAgreed() {
        Pair pair = inSync();
        pair.holdFrom(FrameType.COPY_REPLY, 1);
        var write = pair.a().begin(Operation.WRITE, 5, 4);
        pair.b().ask(CommandKind.INVALIDATE);
        pair.untilHeld();
        var late = pair.a().begin(Operation.WRITE, 50, 4);
        pair.release();
        write.done();
        late.done();
        pair.untilInSync();
    }

    /** However many commands wait: what they wait for must be possible to end. */
    @Test
    void theWayOutIsNeverTooMuch() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.holdFrom(FrameType.WRITE_ACK, 1);
        var write = a.begin(Operation.WRITE, 5, 4);
        pair.untilHeld();
        for (int i = 0; i < 17; i++) {
            a.ask(CommandKind.DEMOTE);
        }
        assertThat(a.command(CommandKind.DEMOTE)).isEqualTo("too-many-commands");
        assertThat(a.command(CommandKind.SUSPEND_IO)).isEqualTo("suspended");
        assertThat(a.command(CommandKind.RESUME_IO)).isEqualTo("resumed");
        pair.release();
        write.done();
        pair.untilInSync();
    }

    /** The peer has agreed, and expects no write any more. */
    @Test
    void aNodeIsShutDownWhileItAsksForACopy() {
        Pair pair = inSync();
        PairNode a = pair.a();
        pair.holdFrom(FrameType.COPY_REPLY, 1);
        var asked = a.ask(CommandKind.INVALIDATE);
        pair.untilHeld();
        var write = a.begin(Operation.WRITE, 5, 4);
        var shutdown = a.ask(CommandKind.SHUTDOWN);
        assertThat(asked.rule()).isEqualTo("shut-down");
        pair.release();
        write.done();
        assertThat(shutdown.rule()).isEqualTo("shutdown");
        assertThat(pair.b().events()).doesNotContain("protocol-error");
        a.start();
        pair.untilInSync();
    }

    @Test
    void theLinkIsLostBeforeACopyIsAgreed() {
        Pair pair = inSync();
        pair.cutAfter(FrameType.COPY_REQUEST, 1);
        var asked = pair.b().ask(CommandKind.INVALIDATE);
        pair.untilTrapped();
        assertThat(asked.rule()).isEqualTo("link-lost");
        pair.a().write(7);
        pair.heal();
        pair.untilInSync();
    }

    @Test
    void theLinkIsLostBeforeTheTargetHears() {
        Pair pair = inSync();
        pair.loseAt(FrameType.SYNC_START, 1);
        var asked = pair.a().ask(CommandKind.INVALIDATE);
        pair.untilTrapped();
        assertThat(asked.rule()).isEqualTo("link-lost");
        // The Primary has whole data, and goes on with it.
        pair.a().write(7);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.a().role()).isEqualTo(Role.PRIMARY);
        pair.a().readAll();
    }

    /** Its target is half a copy: this is the last whole data, also after a restart. */
    @Test
    void theSourceOfAnUnfinishedCopyIsNotInvalidatedAlone() {
        Pair pair = inSync();
        PairNode a = pair.a();
        a.demote();
        a.must(CommandKind.INVALIDATE_REMOTE);
        pair.until("blocks", () -> pair.copied().size() > 20);
        pair.cut();
        a.kill();
        a.start();
        assertThat(a.command(CommandKind.INVALIDATE)).isEqualTo("peer-is-behind");
        pair.heal();
        pair.untilInSync();
        a.promote();
        a.readAll();
    }

    @Test
    void aSecondaryAloneIsInvalidatedAndCopiedToLater() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(3);
        assertThat(pair.b().command(CommandKind.INVALIDATE)).isEqualTo("invalidate");
        assertThat(pair.b().disk()).isEqualTo(DiskState.INCONSISTENT);
        pair.b().losePower();
        pair.b().start();
        assertThat(pair.b().disk()).isEqualTo(DiskState.INCONSISTENT);
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(BLOCKS);
        pair.a().readAll();
    }

    @Test
    void aPrimaryAloneKeepsItsData() {
        Pair pair = inSync();
        pair.cut();
        requireRefused(pair.a(), CommandKind.INVALIDATE, "primary-keeps-its-data");
        requireRefused(pair.a(), CommandKind.INVALIDATE_REMOTE, "not-connected");
    }

    @Test
    void theNewestDataIsNotGivenUp() {
        Pair pair = inSync();
        pair.cut();
        pair.a().write(3);
        pair.a().demote();
        requireRefused(pair.a(), CommandKind.INVALIDATE, "peer-is-behind");
    }

    @Test
    void whileAResyncRunsNothingIsInvalidated() {
        Pair pair = copying();
        requireRefused(pair.a(), CommandKind.INVALIDATE, "cannot-invalidate");
        requireRefused(pair.a(), CommandKind.INVALIDATE_REMOTE, "cannot-invalidate-remote");
        pair.untilInSync();
    }

    // ---- new-current-uuid --clear-bitmap

    private Pair blank() {
        Pair pair = fresh(NodeSetup.DEFAULT, NodeSetup.DEFAULT);
        pair.a().fill(SEED);
        pair.b().fill(SEED);
        pair.start();
        pair.handshake(HandshakeRule.JUST_CREATED_BOTH);
        return pair;
    }

    @Test
    void theFirstCopyIsSkipped() {
        Pair pair = blank();
        assertThat(pair.a().command(CommandKind.NEW_GENERATION)).isEqualTo("new-current-uuid");
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
        assertThat(pair.a().generations().current()).isNotEqualTo(Generations.JUST_CREATED);
        pair.b().promote();
        pair.b().write(1, 2);
    }

    @Test
    void onlyThePeerHasTheNewGeneration() {
        Pair pair = blank();
        pair.loseAt(FrameType.COPY_REPLY, 1);
        var asked = pair.a().ask(CommandKind.NEW_GENERATION);
        pair.untilTrapped();
        assertThat(asked.rule()).isEqualTo("link-lost");
        pair.heal();
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(BLOCKS);
    }

    @Test
    void onlyBlankDisksAreDeclaredTheSame() {
        Pair pair = inSync();
        requireRefused(pair.b(), CommandKind.NEW_GENERATION, "not-two-blank-disks");
        pair.a().demote();
        requireRefused(pair.a(), CommandKind.NEW_GENERATION, "not-two-blank-disks");
        requireRefused(pair.b(), CommandKind.NEW_GENERATION, "not-two-blank-disks");
    }

    @Test
    void aBlankDiskAloneIsNotDeclaredTheSame() {
        Pair pair = inSync();
        pair.cut();
        requireRefused(pair.b(), CommandKind.NEW_GENERATION, "not-two-blank-disks");
    }
}
