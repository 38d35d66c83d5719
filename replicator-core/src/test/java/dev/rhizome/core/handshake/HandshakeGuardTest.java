package dev.rhizome.core.handshake;

import static dev.rhizome.core.handshake.Expect.expect;
import static dev.rhizome.core.handshake.Side.a;
import static dev.rhizome.core.handshake.Side.b;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import org.junit.jupiter.api.Test;

/** Rules about roles, disks and settings: one scenario each, by name. */
class HandshakeGuardTest {
    private static final long NEW = Generations.JUST_CREATED;
    private static final long G1 = 0x101;
    private static final long G2 = 0x102;
    private static final long G3 = 0x103;
    private static final long G4 = 0x104;

    @Test
    void sourceInconsistent() {
        Side half = a(G2, G1).with(DiskState.INCONSISTENT);
        expect(half, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.SOURCE_INCONSISTENT);
    }

    @Test
    void bothInconsistent() {
        Side half = a(G2, G1).with(DiskState.INCONSISTENT);
        Side halfPeer = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(half, halfPeer, Verdict.NO_SYNC, HandshakeRule.BOTH_INCONSISTENT);
    }

    @Test
    void primaryWouldBeTarget() {
        HandshakeRule rule = HandshakeRule.PRIMARY_WOULD_BE_TARGET;
        Side primary = a(G1, 0).primary();
        expect(primary, b(G2, G1), Verdict.DISCONNECT, rule);

        ConflictPolicies retry = ConflictPolicies.DISCONNECT.with(RoleConflict.RETRY_CONNECT);
        expect(
                primary.with(retry),
                b(G2, G1).with(retry),
                new Decision(Verdict.RETRY, rule, Resolution.RETRY_CONNECT));

        ConflictPolicies demote = ConflictPolicies.DISCONNECT.with(RoleConflict.CALL_PRI_LOST);
        expect(
                primary.with(demote),
                b(G2, G1).with(demote),
                new Decision(Verdict.DEMOTE, rule, Resolution.CALL_PRI_LOST));
        expect(
                a(G1, 0).with(demote),
                b(G2, G1).with(demote),
                Verdict.TARGET_BITMAP,
                HandshakeRule.BITMAP_PEER);
    }

    @Test
    void twoPrimaries() {
        HandshakeRule rule = HandshakeRule.TWO_PRIMARIES;
        expect(a(G1, 0).primary(), b(G1, 0).primary(), Verdict.DISCONNECT, rule);
        expect(a(G2, G1).primary(), b(G1, 0).primary(), Verdict.DISCONNECT, rule);

        ConflictPolicies demote = ConflictPolicies.DISCONNECT.with(RoleConflict.CALL_PRI_LOST);
        expect(
                a(G2, G1).primary().with(demote),
                b(G1, 0).primary().with(demote),
                new Decision(Verdict.AWAIT_DEMOTION, rule, Resolution.CALL_PRI_LOST));
        expect(
                a(G1, 0).primary().with(demote),
                b(G1, 0).primary().with(demote),
                Verdict.DISCONNECT,
                rule);
    }

    @Test
    void disklessAndNewer() {
        Side gone = a(G2, 0).with(DiskState.DISKLESS);
        expect(gone, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.DISKLESS_NEWER);
        expect(gone, b(G2, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side never = a(NEW, 0).with(DiskState.DISKLESS);
        expect(never, b(G1, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side serving = gone.primary();
        expect(serving, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.DISKLESS_NEWER);
        expect(serving, b(G2, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G3, G2), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G4, G3, G2), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side half = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(serving, half, Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G2, 0).primary(), Verdict.DISCONNECT, HandshakeRule.TWO_PRIMARIES);
    }

    @Test
    void policiesDiffer() {
        ConflictPolicies other =
                ConflictPolicies.DISCONNECT.with(AfterSplitBrain0Pri.DISCARD_ZERO_CHANGES);
        expect(a(G1, 0), b(G1, 0).with(other), Verdict.DISCONNECT, HandshakeRule.POLICIES_DIFFER);
    }

    @Test
    void discardMyDataBoth() {
        expect(
                a(G1, 0).discarding(),
                b(G1, 0).discarding(),
                Verdict.DISCONNECT,
                HandshakeRule.DISCARD_BOTH);
    }

    @Test
    void compatibility() {
        Hello self = a(G1, 0).hello();
        Hello peer = b(G1, 0).hello();
        expectRule(self, like(peer, 9, "data", "b", 1 << 20, 512), "protocol-version");
        expectRule(
                self, like(peer, HelloCodec.PROTOCOL_VERSION, "other", "b", 1 << 20, 512), "names");
        expectRule(
                self, like(peer, HelloCodec.PROTOCOL_VERSION, "data", "a", 1 << 20, 512), "names");
        expectRule(
                self,
                like(peer, HelloCodec.PROTOCOL_VERSION, "data", "b", 2 << 20, 512),
                "sizes-differ");
        expectRule(
                self,
                like(peer, HelloCodec.PROTOCOL_VERSION, "data", "b", 1 << 20, 4096),
                "sectors-differ");
    }

    private static void expectRule(Hello self, Hello peer, String label) {
        Decision decision = HandshakeTable.decide(self, peer);
        assertThat(decision.rule().label()).isEqualTo(label);
        assertThat(decision.verdict()).isEqualTo(Verdict.DISCONNECT);
        assertThat(HandshakeTable.decide(peer, self)).isEqualTo(decision.mirror());
    }

    private static Hello like(
            Hello base, int version, String resource, String node, long size, int sector) {
        return new Hello(
                version,
                version,
                0,
                node,
                resource,
                size,
                sector,
                base.role(),
                base.disk(),
                base.flags(),
                base.generations(),
                base.outOfSyncBlocks(),
                base.policies());
    }

    @Test
    void aSplitBrainNamesTheCommandsThatResolveIt() {
        for (HandshakeRule rule :
                new HandshakeRule[] {
                    HandshakeRule.SPLIT_BRAIN_BITMAP,
                    HandshakeRule.SPLIT_BRAIN_HISTORY,
                    HandshakeRule.UNRELATED_DATA
                }) {
            assertThat(rule.meaning("r0"))
                    .contains("rhizome connect --discard-my-data r0")
                    .endsWith("rhizome connect r0");
        }
        Decision resolved =
                new Decision(
                        Verdict.SOURCE_BITMAP,
                        HandshakeRule.SPLIT_BRAIN_BITMAP,
                        Resolution.DISCARD_MY_DATA);
        assertThat(resolved.meaning("r0")).startsWith("split brain").doesNotContain("rhizome");
    }

    @Test
    void labelsAreUnique() {
        assertThat(HandshakeRule.values()).extracting(HandshakeRule::label).doesNotHaveDuplicates();
        assertThat(Verdict.values()).extracting(Verdict::label).doesNotHaveDuplicates();
        assertThat(Resolution.values()).extracting(Resolution::label).doesNotHaveDuplicates();
    }
}
