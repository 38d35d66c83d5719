package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.BITMAP_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.EQUAL;
import static dev.rhizome.core.handshake.HandshakeRule.PRIMARY_WOULD_BE_TARGET;
import static dev.rhizome.core.handshake.HandshakeRule.TWO_PRIMARIES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.request.IoStatus;
import dev.rhizome.core.request.Operation;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairCommand;
import dev.rhizome.simulator.PairNode;
import dev.rhizome.simulator.PairRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Who is Primary. DRBD's switch-primaries, two-primaries-reject, concurrent-promote-demote,
 * may-promote; the policy rr-conflict.
 */
class RolesTest extends Scenario {

    // switch-primaries
    @Test
    void theRolesAreSwitchedBackAndForthUnderWrites() {
        Pair pair = inSync();
        PairNode primary = pair.a();
        PairNode secondary = pair.b();
        for (int round = 0; round < 12; round++) {
            List<PairRequest> open = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                Operation operation = i % 4 == 3 ? Operation.TRIM : Operation.WRITE;
                open.add(primary.begin(operation, (round * 31 + i * 7) % 250, 1 + i % 5));
            }
            PairCommand demotion = primary.ask(CommandKind.DEMOTE);
            assertThat(primary.begin(Operation.WRITE, 0, 1).status())
                    .isEqualTo(IoStatus.NOT_PRIMARY);
            assertThat(demotion.rule()).isEqualTo("demoted");
            open.forEach(PairRequest::done);
            secondary.promote();
            secondary.readAll();
            PairNode other = primary;
            primary = secondary;
            secondary = other;
        }
        assertThat(pair.copied()).isEmpty();
    }

    @Test
    void aSecondPrimaryIsRefused() {
        Pair pair = inSync();
        assertThat(pair.b().command(CommandKind.PROMOTE)).isEqualTo("peer-refuses");
        assertThat(pair.b().command(CommandKind.PROMOTE_FORCE)).isEqualTo("peer-refuses");
        assertThat(pair.b().begin(Operation.READ, 0, 1).status()).isEqualTo(IoStatus.NOT_PRIMARY);
        assertThat(pair.a().command(CommandKind.PROMOTE)).isEqualTo("already-primary");
        assertThat(pair.b().command(CommandKind.DEMOTE)).isEqualTo("already-secondary");
    }

    // concurrent-promote-demote
    @Test
    void aDemotionHereAndAPromotionThereAtOnce() {
        Pair pair = inSync();
        pair.a().write(1);
        PairCommand demotion = pair.a().ask(CommandKind.DEMOTE);
        PairCommand promotion = pair.b().ask(CommandKind.PROMOTE);
        assertThat(demotion.rule()).isEqualTo("demoted");
        assertThat(promotion.rule()).isIn("up-to-date", "peer-refuses");
        if (!promotion.accepted()) {
            pair.b().promote();
        }
        pair.b().readAll();
    }

    @Test
    void oneOfTwoThatAreBothPromotedAtOnceIs() {
        Pair pair = inSync();
        pair.a().demote();
        for (int round = 0; round < 3; round++) {
            PairCommand here = pair.a().ask(CommandKind.PROMOTE);
            PairCommand there = pair.b().ask(CommandKind.PROMOTE);
            assertThat(here.rule()).isEqualTo("up-to-date");
            assertThat(there.rule()).isEqualTo("peer-refuses");
            pair.a().demote();
        }
        pair.b().promote();
    }

    @Test
    void aPromotionWhoseConsentIsLostIsDecidedAnew() {
        Pair pair = inSync();
        pair.a().demote();
        pair.loseAt(FrameType.PROMOTE_REPLY, 1);
        PairCommand promotion = pair.b().ask(CommandKind.PROMOTE);
        pair.untilTrapped();
        assertThat(promotion.rule()).isEqualTo("up-to-date");
        pair.heal();
        pair.untilInSync();
        assertThat(pair.b().role()).isEqualTo(Role.PRIMARY);
    }

    /** The known trap: a promotion that falls into a handshake. */
    @Test
    @Shows(EQUAL)
    void aPromotionDuringAHandshakeWaitsForItsEnd() {
        Pair pair = inSync();
        pair.a().demote();
        pair.cut();
        pair.holdFrom(FrameType.HELLO, 1);
        pair.heal();
        pair.untilHeld();
        PairCommand here = pair.a().ask(CommandKind.PROMOTE);
        PairCommand there = pair.b().ask(CommandKind.PROMOTE);
        pair.release();
        pair.handshake(EQUAL);
        assertThat(here.rule()).isEqualTo("up-to-date");
        assertThat(there.rule()).isEqualTo("peer-refuses");
    }

    @Test
    @Shows({TWO_PRIMARIES, EQUAL})
    void twoPrimariesWithTheSameDataPartUntilOneIsDemoted() {
        Pair pair = inSync();
        pair.cut();
        pair.b().promote();
        pair.heal();
        pair.handshake(TWO_PRIMARIES);
        requireApart(pair);
        connect(pair);
        pair.handshake(TWO_PRIMARIES);
        requireApart(pair);

        pair.b().demote();
        connect(pair);
        pair.handshake(EQUAL);
        pair.untilInSync();
        assertThat(pair.copied()).isEmpty();
    }

    private static void requireApart(Pair pair) {
        pair.untilParted();
        assertThat(pair.a().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        assertThat(pair.b().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
    }

    private static void connect(Pair pair) {
        pair.a().must(CommandKind.CONNECT);
        pair.b().must(CommandKind.CONNECT);
    }

    // ---- rr-conflict: A is Primary and has only read, B went on

    private Pair olderPrimary(RoleConflict policy, boolean bStaysPrimary) {
        Pair pair = inSync(NodeSetup.DEFAULT.with(ConflictPolicies.DISCONNECT.with(policy)));
        pair.cut();
        pair.b().promote();
        pair.b().write(4, 5);
        if (!bStaysPrimary) {
            pair.b().demote();
        }
        return pair;
    }

    @Test
    @Shows({PRIMARY_WOULD_BE_TARGET, BITMAP_PEER})
    void aPrimaryWithOlderDataParts() {
        Pair pair = olderPrimary(RoleConflict.DISCONNECT, false);
        pair.heal();
        pair.handshake(PRIMARY_WOULD_BE_TARGET);
        requireApart(pair);
        pair.a().readAll();

        pair.a().demote();
        connect(pair);
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(4, 5);
    }

    @Test
    @Shows({PRIMARY_WOULD_BE_TARGET, BITMAP_PEER})
    void aPrimaryWithOlderDataTriesAgainUntilItIsDemoted() {
        Pair pair = olderPrimary(RoleConflict.RETRY_CONNECT, false);
        pair.heal();
        pair.handshake(PRIMARY_WOULD_BE_TARGET);
        pair.handshake(PRIMARY_WOULD_BE_TARGET);
        pair.handshake(PRIMARY_WOULD_BE_TARGET);
        pair.a().read(0, 10);

        pair.a().demote();
        pair.untilInSync();
        pair.handshake(BITMAP_PEER);
        assertThat(pair.copied()).containsExactlyInAnyOrder(4, 5);
    }

    @Test
    @Shows({PRIMARY_WOULD_BE_TARGET, BITMAP_PEER})
    void aPrimaryWithOlderDataIsDemoted() {
        Pair pair = olderPrimary(RoleConflict.CALL_PRI_LOST, false);
        pair.heal();
        pair.handshake(PRIMARY_WOULD_BE_TARGET);
        pair.a().untilEvent("gave-way");
        assertThat(pair.a().role()).isEqualTo(Role.SECONDARY);
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).containsExactlyInAnyOrder(4, 5);
    }

    @Test
    @Shows({TWO_PRIMARIES, BITMAP_PEER})
    void ofTwoPrimariesTheOneWithOlderDataIsDemoted() {
        Pair pair = olderPrimary(RoleConflict.CALL_PRI_LOST, true);
        pair.heal();
        pair.handshake(TWO_PRIMARIES);
        pair.a().untilEvent("gave-way");
        pair.handshake(BITMAP_PEER);
        pair.untilInSync();
        assertThat(pair.a().role()).isEqualTo(Role.SECONDARY);
        assertThat(pair.b().role()).isEqualTo(Role.PRIMARY);
        assertThat(pair.copied()).containsExactlyInAnyOrder(4, 5);
    }

    @Test
    @Shows({TWO_PRIMARIES, BITMAP_PEER})
    void twoPrimariesOfWhichOneHasOlderDataTryAgain() {
        Pair pair = olderPrimary(RoleConflict.RETRY_CONNECT, true);
        pair.heal();
        pair.handshake(TWO_PRIMARIES);
        pair.handshake(TWO_PRIMARIES);
        pair.a().demote();
        pair.untilInSync();
        pair.handshake(BITMAP_PEER);
        pair.b().readAll();
    }
}
