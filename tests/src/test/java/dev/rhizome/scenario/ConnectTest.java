package dev.rhizome.scenario;

import static dev.rhizome.core.handshake.HandshakeRule.JUST_CREATED_BOTH;
import static dev.rhizome.core.handshake.HandshakeRule.JUST_CREATED_PEER;
import static dev.rhizome.core.handshake.HandshakeRule.NAMES;
import static dev.rhizome.core.handshake.HandshakeRule.POLICIES_DIFFER;
import static dev.rhizome.core.handshake.HandshakeRule.PROTOCOL_VERSION;
import static dev.rhizome.core.handshake.HandshakeRule.SECTORS_DIFFER;
import static dev.rhizome.core.handshake.HandshakeRule.SIZES_DIFFER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.command.CommandKind;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.handshake.SharedOptions;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.role.ConnectionState;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.FrameType;
import dev.rhizome.simulator.NodeSetup;
import dev.rhizome.simulator.Pair;
import dev.rhizome.simulator.PairNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The first time that two nodes meet. DRBD's connect, initial-uuid-uptodate, pre-existing-data. */
class ConnectTest extends Scenario {
    private static final NodeSetup SETUP = NodeSetup.DEFAULT;

    // connect
    @Test
    @Shows(JUST_CREATED_BOTH)
    void theDataOfTheFirstPrimaryIsCopiedToItsPeer() {
        Pair pair = fresh(SETUP, SETUP);
        pair.a().fill(SEED);
        pair.b().fill(0xBAD);
        pair.start();
        pair.handshake(JUST_CREATED_BOTH);
        assertThat(pair.a().command(CommandKind.PROMOTE))
                .isEqualTo("no-up-to-date-data-inconsistent");

        assertThat(pair.a().command(CommandKind.PROMOTE_FORCE)).isEqualTo("forced");
        pair.untilInSync();

        assertThat(pair.copied()).hasSize(SETUP.blocks());
        assertThat(pair.b().replica().resyncedBytes()).isEqualTo(SETUP.blocks() * 4096L);
        assertThat(pair.a().outOfSync()).isZero();
        pair.a().write(1, 2, 3);
        pair.a().readAll();
        assertThat(pair.a().role()).isEqualTo(Role.PRIMARY);
        assertThat(pair.b().role()).isEqualTo(Role.SECONDARY);
    }

    // pre-existing-data
    @Test
    @Shows(JUST_CREATED_PEER)
    void aLoneNodeAdoptsItsDataAndABlankPeerJoins() {
        Pair pair = fresh(SETUP, SETUP);
        PairNode a = pair.a();
        a.fill(SEED);
        a.start();
        assertThat(a.command(CommandKind.PROMOTE_FORCE)).isEqualTo("forced");
        a.readAll();
        a.write(7);

        pair.b().start();
        pair.handshake(JUST_CREATED_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(SETUP.blocks());
    }

    @Test
    @Shows(JUST_CREATED_PEER)
    void aNewDiskInPlaceOfADeadOneIsFilled() {
        Pair pair = inSync();
        pair.b().kill();
        pair.a().write(5);
        pair.b().putBlankDisk();
        pair.mark();
        pair.b().start();
        pair.handshake(JUST_CREATED_PEER);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(SETUP.blocks());
    }

    // force-resync
    @Test
    @Shows(HandshakeRule.BOTH_INCONSISTENT)
    void aPromotionByForceSettlesTwoIncompleteDisks() {
        Pair pair = inSync();
        interruptedCopy(pair);
        pair.a().kill();
        pair.a().putBlankDisk();
        pair.a().start();
        pair.heal();
        pair.handshake(HandshakeRule.BOTH_INCONSISTENT);
        assertThat(pair.b().disk()).isEqualTo(DiskState.INCONSISTENT);
        assertThat(pair.b().command(CommandKind.PROMOTE))
                .isEqualTo("no-up-to-date-data-inconsistent");

        assertThat(pair.b().command(CommandKind.PROMOTE_FORCE)).isEqualTo("forced");
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(SETUP.blocks());
    }

    /** B is left with half a copy, the link is down. */
    private static void interruptedCopy(Pair pair) {
        pair.cut();
        pair.a().write(blocks(0, 40, 2));
        pair.cutAfter(FrameType.SYNC_WRITE, 3);
        pair.heal();
        pair.untilTrapped();
    }

    @Test
    @Shows(HandshakeRule.SPLIT_BRAIN_BITMAP)
    void anIncompleteDiskThatIsPromotedByForceIsCopiedWhole() {
        Pair pair = inSync();
        interruptedCopy(pair);
        pair.a().kill();
        PairNode b = pair.b();
        assertThat(b.command(CommandKind.PROMOTE)).isEqualTo("no-up-to-date-data-inconsistent");
        assertThat(b.command(CommandKind.PROMOTE_FORCE)).isEqualTo("forced");
        b.write(100);
        assertThat(b.outOfSync()).isEqualTo(SETUP.blocks());

        pair.a().start();
        pair.heal();
        pair.handshake(HandshakeRule.SPLIT_BRAIN_BITMAP);
        pair.quiet();
        assertThat(pair.a().command(CommandKind.CONNECT_DISCARD_MY_DATA))
                .isEqualTo("connect-discard-my-data");
        pair.b().must(CommandKind.CONNECT);
        pair.untilInSync();
        assertThat(pair.copied()).hasSize(SETUP.blocks());
    }

    // connect-differing-sizes
    @Test
    @Shows(SIZES_DIFFER)
    void volumesOfDifferentSizesPart() {
        refused(SETUP, SETUP.withBlocks(320), SIZES_DIFFER);
    }

    @Test
    @Shows(SECTORS_DIFFER)
    void disksWithDifferentSectorsPart() {
        refused(SETUP, SETUP.withSectorBytes(512), SECTORS_DIFFER);
    }

    @Test
    @Shows(NAMES)
    void anotherResourceIsRefused() {
        refused(SETUP, SETUP.withResource("other"), NAMES);
    }

    @Test
    @Shows(POLICIES_DIFFER)
    void differentPoliciesPart() {
        ConflictPolicies other =
                ConflictPolicies.DISCONNECT.with(AfterSplitBrain0Pri.DISCARD_LEAST_CHANGES);
        Pair pair = fresh(SETUP, SETUP.with(other));
        part(pair, POLICIES_DIFFER);
        assertThat(differing(pair.a())).containsExactly("policies");
        assertThat(differing(pair.b())).containsExactly("policies");
        assertThat(pair.a().events()).contains("options-differ");
    }

    /** It decides nothing, and is told once, not with every handshake. */
    @Test
    void whatTheConfigurationsSayDifferentlyIsNamed() {
        Pair pair = fresh(SETUP, SETUP.withChecksums());
        endsApart();
        pair.start();
        connected(pair);
        assertThat(differing(pair.a())).containsExactly("checks");
        assertThat(differing(pair.b())).containsExactly("checks");
        pair.cut();
        pair.untilParted();
        pair.heal();
        connected(pair);
        assertThat(pair.b().events().stream().filter("options-differ"::equals)).hasSize(1);
    }

    @Test
    void equalConfigurationsAreNotWorthAWord() {
        Pair pair = fresh(SETUP, SETUP);
        endsApart();
        pair.start();
        connected(pair);
        assertThat(differing(pair.a())).isEmpty();
        assertThat(pair.a().events()).doesNotContain("options-differ", "options-agree");
    }

    @Test
    @Shows(PROTOCOL_VERSION)
    void nodesWithoutACommonProtocolVersionPart() {
        Pair pair = fresh(SETUP, SETUP);
        pair.speakDifferentVersions();
        part(pair, PROTOCOL_VERSION);
    }

    private static void connected(Pair pair) {
        pair.until(
                "a connection", () -> pair.a().state().connected() && pair.b().state().connected());
    }

    private static List<String> differing(PairNode node) {
        return node.replica().differingOptions().stream()
                .map(SharedOptions.Difference::option)
                .toList();
    }

    private void refused(NodeSetup setupA, NodeSetup setupB, HandshakeRule rule) {
        part(fresh(setupA, setupB), rule);
    }

    private void part(Pair pair, HandshakeRule rule) {
        endsApart();
        pair.start();
        pair.handshake(rule);
        pair.untilParted();
        assertThat(pair.a().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);
        assertThat(pair.b().state().connection()).isEqualTo(ConnectionState.STAND_ALONE);

        // Asked again, it is refused again.
        pair.a().must(CommandKind.CONNECT);
        pair.b().must(CommandKind.CONNECT);
        pair.handshake(rule);
        pair.untilParted();
        assertThat(pair.a().generations().isJustCreated()).isTrue();
    }
}
