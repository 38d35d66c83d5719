package dev.rhizome.core.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HandshakeTableTest {
    private static final long NEW = Generations.JUST_CREATED;
    private static final long G1 = 0x101;
    private static final long G2 = 0x102;
    private static final long G3 = 0x103;
    private static final long G4 = 0x104;

    /** One side of a handshake, changed step by step. */
    private record Side(
            String node,
            Role role,
            DiskState disk,
            boolean crashed,
            boolean crashedPrimary,
            Generations generations) {

        static Side of(String node, long current, long bitmap, Long... history) {
            return new Side(
                    node,
                    Role.SECONDARY,
                    DiskState.CONSISTENT,
                    false,
                    false,
                    new Generations(current, bitmap, List.of(history)));
        }

        Side with(Role changed) {
            return new Side(node, changed, disk, crashed, crashedPrimary, generations);
        }

        Side with(DiskState changed) {
            return new Side(node, role, changed, crashed, crashedPrimary, generations);
        }

        Side died(boolean asPrimary) {
            return new Side(node, role, disk, true, asPrimary, generations);
        }

        Hello hello() {
            long size = disk == DiskState.DISKLESS ? 0 : 1 << 20;
            return new Hello(
                    1,
                    1,
                    0,
                    node,
                    "data",
                    size,
                    512,
                    role,
                    disk,
                    crashed,
                    crashedPrimary,
                    generations);
        }
    }

    private static final Set<HandshakeRule> REACHED = EnumSet.noneOf(HandshakeRule.class);

    private static Decision decide(Hello self, Hello peer) {
        Decision decision = HandshakeTable.decide(self, peer);
        assertThat(HandshakeTable.decide(peer, self))
                .as("INV-11: the mirror of %s for %s and %s", decision, self, peer)
                .isEqualTo(decision.mirror());
        REACHED.add(decision.rule());
        return decision;
    }

    private static void expect(Side self, Side peer, Verdict verdict, HandshakeRule rule) {
        assertThat(decide(self.hello(), peer.hello())).isEqualTo(new Decision(verdict, rule));
    }

    private static Side a(long current, long bitmap, Long... history) {
        return Side.of("a", current, bitmap, history);
    }

    private static Side b(long current, long bitmap, Long... history) {
        return Side.of("b", current, bitmap, history);
    }

    @Test
    void justCreated() {
        expect(a(NEW, 0), b(NEW, 0), Verdict.NO_SYNC, HandshakeRule.JUST_CREATED_BOTH);
        expect(a(NEW, 0), b(G1, 0), Verdict.SYNC_TARGET, HandshakeRule.JUST_CREATED_SELF);
        expect(a(G1, 0), b(NEW, 0), Verdict.SYNC_SOURCE, HandshakeRule.JUST_CREATED_PEER);
        Side old = a(G1, 0).with(DiskState.OUTDATED);
        expect(old, b(NEW, 0), Verdict.NO_SYNC, HandshakeRule.OUTDATED_BESIDE_BLANK);
    }

    @Test
    void equal() {
        expect(a(G1, 0), b(G1, 0), Verdict.NO_SYNC, HandshakeRule.EQUAL);
        Side half = a(G1, 0).with(DiskState.INCONSISTENT);
        expect(half, b(G1, 0), Verdict.SYNC_TARGET, HandshakeRule.INCONSISTENT_SELF);
        Side halfPeer = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(a(G1, 0), halfPeer, Verdict.SYNC_SOURCE, HandshakeRule.INCONSISTENT_PEER);
    }

    @Test
    void crashed() {
        Side dead = a(G1, 0).died(true);
        expect(dead, b(G1, 0), Verdict.SYNC_TARGET, HandshakeRule.CRASHED_SELF);
        expect(b(G1, 0), dead, Verdict.SYNC_SOURCE, HandshakeRule.CRASHED_PEER);
        expect(
                dead.with(Role.PRIMARY),
                b(G1, 0),
                Verdict.SYNC_SOURCE,
                HandshakeRule.CRASHED_ONE_PRIMARY);
        Side deadSecondary = b(G1, 0).died(false);
        expect(dead, deadSecondary, Verdict.SYNC_SOURCE, HandshakeRule.CRASHED_BOTH);
        expect(
                a(G1, 0).died(false),
                b(G1, 0).died(true),
                Verdict.SYNC_TARGET,
                HandshakeRule.CRASHED_BOTH);
        expect(
                a(G1, 0).died(false),
                b(G1, 0).died(false),
                Verdict.SYNC_SOURCE,
                HandshakeRule.CRASHED_BOTH);
    }

    @Test
    void wentOn() {
        expect(a(G1, 0), b(G2, G1), Verdict.SYNC_TARGET, HandshakeRule.BITMAP_PEER);
        expect(a(G2, G1), b(G1, 0), Verdict.SYNC_SOURCE, HandshakeRule.BITMAP_SELF);
        expect(a(G1, 0), b(G3, G2, G1), Verdict.SYNC_TARGET, HandshakeRule.HISTORY_PEER);
        expect(a(G3, G2, G1), b(G1, 0), Verdict.SYNC_SOURCE, HandshakeRule.HISTORY_SELF);
    }

    @Test
    void splitBrain() {
        Side one = a(G2, G1);
        expect(one, b(G3, G1), Verdict.DISCONNECT, HandshakeRule.SPLIT_BRAIN_BITMAP);
        Side later = a(G2, 0, G1);
        expect(later, b(G3, 0, G1), Verdict.DISCONNECT, HandshakeRule.SPLIT_BRAIN_HISTORY);
        expect(one, b(G3, G4, G1), Verdict.DISCONNECT, HandshakeRule.SPLIT_BRAIN_HISTORY);
        Side half = b(G3, G1).with(DiskState.INCONSISTENT);
        expect(one, half, Verdict.SYNC_SOURCE, HandshakeRule.INCONSISTENT_PEER);
        expect(a(G1, 0), b(G2, 0), Verdict.DISCONNECT, HandshakeRule.UNRELATED_DATA);
    }

    @Test
    void disksAndRolesMustFit() {
        Side half = a(G2, G1).with(DiskState.INCONSISTENT);
        expect(half, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.SOURCE_INCONSISTENT);
        Side halfPeer = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(half, halfPeer, Verdict.NO_SYNC, HandshakeRule.BOTH_INCONSISTENT);
        Side primary = a(G1, 0).with(Role.PRIMARY);
        expect(primary, b(G2, G1), Verdict.DISCONNECT, HandshakeRule.PRIMARY_WOULD_BE_TARGET);
        Side primaryPeer = b(G1, 0).with(Role.PRIMARY);
        expect(primary, primaryPeer, Verdict.DISCONNECT, HandshakeRule.TWO_PRIMARIES);
        expect(
                a(G2, G1).with(Role.PRIMARY),
                b(G3, G1).with(Role.PRIMARY),
                Verdict.DISCONNECT,
                HandshakeRule.SPLIT_BRAIN_BITMAP);
    }

    @Test
    void withoutADisk() {
        Side gone = a(G2, 0).with(DiskState.DISKLESS);
        expect(gone, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.DISKLESS_NEWER);
        expect(gone, b(G2, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side never = a(NEW, 0).with(DiskState.DISKLESS);
        expect(never, b(G1, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side serving = gone.with(Role.PRIMARY);
        expect(serving, b(G1, 0), Verdict.DISCONNECT, HandshakeRule.DISKLESS_NEWER);
        expect(serving, b(G2, 0), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G3, G2), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        expect(serving, b(G4, G3, G2), Verdict.NO_SYNC, HandshakeRule.DISKLESS);
        Side half = b(G1, 0).with(DiskState.INCONSISTENT);
        expect(serving, half, Verdict.NO_SYNC, HandshakeRule.DISKLESS);
    }

    @Test
    void compatibility() {
        Hello self = a(G1, 0).hello();
        Hello peer = b(G1, 0).hello();
        expectRule(self, hello(peer, 9, 9, "data", "b", 1 << 20, 512), "protocol-version");
        expectRule(self, hello(peer, 1, 1, "other", "b", 1 << 20, 512), "names");
        expectRule(self, hello(peer, 1, 1, "data", "a", 1 << 20, 512), "names");
        expectRule(self, hello(peer, 1, 1, "data", "b", 2 << 20, 512), "sizes-differ");
        expectRule(self, hello(peer, 1, 1, "data", "b", 1 << 20, 4096), "sectors-differ");
    }

    private static void expectRule(Hello self, Hello peer, String label) {
        Decision decision = decide(self, peer);
        assertThat(decision.rule().label()).isEqualTo(label);
        assertThat(decision.verdict()).isEqualTo(Verdict.DISCONNECT);
    }

    private static Hello hello(
            Hello base,
            int version,
            int oldest,
            String resource,
            String node,
            long size,
            int sector) {
        return new Hello(
                version,
                oldest,
                0,
                node,
                resource,
                size,
                sector,
                base.role(),
                base.disk(),
                base.crashed(),
                base.crashedPrimary(),
                base.generations());
    }

    /** INV-11 over every pair of a reduced space; never a source without whole data. */
    @Test
    void totalAndDualOverAReducedSpace() {
        List<Hello> left = sides("a");
        List<Hello> right = sides("b");
        long pairs = 0;
        for (Hello self : left) {
            for (Hello peer : right) {
                Decision decision = HandshakeTable.decide(self, peer);
                if (!HandshakeTable.decide(peer, self).equals(decision.mirror())) {
                    decide(self, peer);
                }
                REACHED.add(decision.rule());
                pairs++;
                if (decision.verdict() == Verdict.SYNC_SOURCE) {
                    assertThat(self.disk().code()).isGreaterThan(DiskState.INCONSISTENT.code());
                    assertThat(peer.role()).isNotEqualTo(Role.PRIMARY);
                }
            }
        }
        assertThat(pairs).isGreaterThan(1_000_000);
    }

    private static List<Hello> sides(String node) {
        List<Generations> generations = new ArrayList<>();
        for (long current : new long[] {0, NEW, G1, G2, G3}) {
            for (long bitmap : new long[] {0, G1, G2}) {
                for (List<Long> history :
                        List.of(List.<Long>of(), List.of(G1), List.of(G2, G1), List.of(G3))) {
                    generations.add(new Generations(current, bitmap, history));
                }
            }
        }
        List<Hello> result = new ArrayList<>();
        for (Generations each : generations) {
            for (DiskState disk :
                    List.of(
                            DiskState.DISKLESS,
                            DiskState.INCONSISTENT,
                            DiskState.OUTDATED,
                            DiskState.UP_TO_DATE)) {
                for (Role role : List.of(Role.PRIMARY, Role.SECONDARY)) {
                    for (int crash = 0; crash < 3; crash++) {
                        Side side = new Side(node, role, disk, crash > 0, crash > 1, each);
                        result.add(side.hello());
                    }
                }
            }
        }
        return result;
    }

    @Test
    void everyRuleIsReached() {
        justCreated();
        equal();
        crashed();
        wentOn();
        splitBrain();
        disksAndRolesMustFit();
        withoutADisk();
        compatibility();
        assertThat(REACHED).containsAll(EnumSet.allOf(HandshakeRule.class));
    }
}
