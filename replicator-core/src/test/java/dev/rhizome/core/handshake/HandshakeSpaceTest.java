package dev.rhizome.core.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Preparation;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What must hold of every pair of a reduced space: millions of them. */
class HandshakeSpaceTest {
    private static final long NEW = Generations.JUST_CREATED;
    private static final long G1 = 0x101;
    private static final long G2 = 0x102;
    private static final long G3 = 0x103;

    private final Set<HandshakeRule> seenRules = EnumSet.noneOf(HandshakeRule.class);
    private final Set<Verdict> seenVerdicts = EnumSet.noneOf(Verdict.class);
    private final Set<Resolution> seenResolutions = EnumSet.noneOf(Resolution.class);

    @Test
    void everyPairIsDecidedAlikeAndSafely() {
        long pairs = generationsDisksCrashesAndRoles();
        pairs += flagsAndPolicies();
        pairs += preparations();
        incompatible();

        assertThat(pairs).isGreaterThan(5_000_000);
        assertThat(seenRules).isEqualTo(EnumSet.allOf(HandshakeRule.class));
        assertThat(seenVerdicts).isEqualTo(EnumSet.allOf(Verdict.class));
        assertThat(seenResolutions).isEqualTo(EnumSet.allOf(Resolution.class));
    }

    private long generationsDisksCrashesAndRoles() {
        List<Hello> left = sides("a");
        List<Hello> right = sides("b");
        for (Hello self : left) {
            for (Hello peer : right) {
                check(self, peer);
            }
        }
        return (long) left.size() * right.size();
    }

    private static List<Hello> sides(String node) {
        List<Hello> result = new ArrayList<>();
        for (Generations each : generations()) {
            Side side = Side.of(node, each);
            for (DiskState disk : DiskState.values()) {
                for (Role role : List.of(Role.PRIMARY, Role.SECONDARY)) {
                    Side one = side.with(disk).with(role);
                    result.add(one.hello());
                    result.add(one.died(false).hello());
                    result.add(one.died(true).hello());
                }
            }
        }
        return result;
    }

    private static List<Generations> generations() {
        List<Generations> result = new ArrayList<>();
        for (long current : new long[] {0, NEW, G1, G2, G3}) {
            for (long bitmap : new long[] {0, G1, G2}) {
                result.add(new Generations(current, bitmap, List.of()));
                result.add(new Generations(current, bitmap, List.of(G1)));
                result.add(new Generations(current, bitmap, List.of(G2, G1)));
                result.add(new Generations(current, bitmap, List.of(G3)));
            }
        }
        return result;
    }

    /** Conflicts of every kind, and none, under all policies. */
    private long flagsAndPolicies() {
        long pairs = 0;
        List<Generations> kinds =
                List.of(
                        new Generations(G1, 0, List.of()),
                        new Generations(G2, G1, List.of(G1)),
                        new Generations(G3, G1, List.of(G1)),
                        new Generations(G3, 0, List.of(G1)));
        for (ConflictPolicies policies : policies()) {
            List<Hello> left = flagged("a", kinds, policies);
            List<Hello> right = flagged("b", kinds, policies);
            for (Hello self : left) {
                for (Hello peer : right) {
                    check(self, peer);
                    pairs++;
                }
            }
        }
        return pairs;
    }

    private static List<Hello> flagged(
            String node, List<Generations> kinds, ConflictPolicies policies) {
        List<Hello> result = new ArrayList<>();
        for (Generations each : kinds) {
            for (int bits = 0; bits < 16; bits++) {
                for (long changed : new long[] {0, 3, 5}) {
                    Side side = Side.of(node, each).with(policies).changed(changed);
                    side = (bits & 1) == 0 ? side : side.promotedAlone();
                    side = (bits & 2) == 0 ? side : side.discarding();
                    side = (bits & 4) == 0 ? side : side.primary();
                    side = (bits & 8) == 0 ? side : side.with(DiskState.INCONSISTENT);
                    result.add(side.hello());
                }
            }
        }
        return result;
    }

    private static List<ConflictPolicies> policies() {
        List<ConflictPolicies> result = new ArrayList<>();
        for (AfterSplitBrain0Pri none : AfterSplitBrain0Pri.values()) {
            for (AfterSplitBrain1Pri one : AfterSplitBrain1Pri.values()) {
                for (AfterSplitBrain2Pri two : AfterSplitBrain2Pri.values()) {
                    for (RoleConflict role : RoleConflict.values()) {
                        result.add(new ConflictPolicies(none, one, two, role));
                    }
                }
            }
        }
        return result;
    }

    /** What differs in the one or the other field that is not about data. */
    private void incompatible() {
        List<Hello> hellos = new ArrayList<>();
        for (String node : List.of("a", "b")) {
            for (int version : new int[] {HelloCodec.PROTOCOL_VERSION, 99}) {
                for (String resource : List.of("data", "other")) {
                    for (long size : new long[] {1 << 20, 2 << 20}) {
                        for (int sector : new int[] {512, 4096}) {
                            for (RoleConflict role : RoleConflict.values()) {
                                Hello hello = hello(version, node, resource, size, sector, role);
                                hellos.add(hello);
                                hellos.add(hello.withCapacityBytes(3 << 20));
                            }
                        }
                    }
                }
            }
        }
        for (Hello self : hellos) {
            for (Hello peer : hellos) {
                check(self, peer);
            }
        }
    }

    private static Hello hello(
            int version, String node, String resource, long size, int sector, RoleConflict role) {
        return new Hello(
                version,
                version,
                0,
                node,
                resource,
                size,
                sector,
                Role.SECONDARY,
                DiskState.UP_TO_DATE,
                Hello.Flags.NONE,
                new Generations(G1, 0, List.of()),
                0,
                ConflictPolicies.DISCONNECT.with(role));
    }

    /** Nodes that have something to do before their data is replaced, and need not else. */
    private long preparations() {
        List<Hello> left = preparing("a");
        List<Hello> right = preparing("b");
        for (Hello self : left) {
            for (Hello peer : right) {
                check(self, peer);
                requirePrepared(self, peer);
            }
        }
        return (long) left.size() * right.size();
    }

    private static List<Hello> preparing(String node) {
        List<Hello> result = new ArrayList<>();
        for (Generations each : generations()) {
            for (Preparation what : Preparation.values()) {
                Side side = Side.of(node, each).preparing(what);
                result.add(side.hello());
                result.add(side.died(true).hello());
                result.add(side.with(DiskState.INCONSISTENT).hello());
                result.add(side.discarding().preparing(what).hello());
            }
        }
        return result;
    }

    /** INV-21: nobody becomes a target before he has done what he wants to do first. */
    private static void requirePrepared(Hello self, Hello peer) {
        Decision decision = HandshakeTable.decide(self, peer);
        Preparation wanted = self.flags().preparation();
        boolean early =
                decision.verdict().target()
                        && (wanted == Preparation.OF_ALL
                                || (wanted == Preparation.OF_DISCARDED
                                        && decision.rule().splitBrain()));
        if (early) {
            throw new AssertionError("INV-21: " + decision + " for " + self + " and " + peer);
        }
    }

    /** Plain comparisons: an assertion object per pair would take minutes. */
    private void check(Hello self, Hello peer) {
        Decision decision = HandshakeTable.decide(self, peer);
        Decision mirrored = HandshakeTable.decide(peer, self);
        seenRules.add(decision.rule());
        seenRules.add(mirrored.rule());
        seenVerdicts.add(decision.verdict());
        seenResolutions.add(decision.resolution());
        String broken = broken(self, peer, decision);
        if (!mirrored.equals(decision.mirror())) {
            broken = "INV-11: the peer decides " + mirrored;
        }
        if (!broken.isEmpty()) {
            throw new AssertionError(broken + ": " + decision + " for " + self + " and " + peer);
        }
    }

    private static String broken(Hello self, Hello peer, Decision decision) {
        Verdict verdict = decision.verdict();
        if (verdict == Verdict.DEMOTE || verdict == Verdict.AWAIT_DEMOTION) {
            Hello demoted = verdict == Verdict.DEMOTE ? self : peer;
            return demoted.primary() ? "" : "a Secondary is demoted";
        }
        if (!verdict.source() && !verdict.target()) {
            return "";
        }
        Hello source = verdict.source() ? self : peer;
        Hello target = verdict.source() ? peer : self;
        boolean served =
                !target.whole()
                        && target.shown() == source.generations().current()
                        && !source.crashed();
        if (target.primary() && !served) {
            return "INV-04: a Primary is made a target";
        }
        if (!source.whole()) {
            return "INV-05: half a copy is made a source";
        }
        if (decision.resolution() != Resolution.NONE) {
            return resolvedBadly(target, decision);
        }
        return overwritesUnknown(source, target)
                ? "INV-10: a node with data that the source never had is overwritten unasked"
                : "";
    }

    /** Only an operator gives up data of unknown kinship, and only by a full copy. */
    private static String resolvedBadly(Hello target, Decision decision) {
        boolean sameStart = decision.rule() == HandshakeRule.SPLIT_BRAIN_BITMAP;
        boolean asked = target.flags().discardMyData();
        boolean byOperator = decision.resolution() == Resolution.DISCARD_MY_DATA;
        if (byOperator != asked) {
            return "an operator's word counts for the wrong node";
        }
        if (!sameStart && (!byOperator || !decision.verdict().full())) {
            return "INV-11: data without a common start is synced by itself";
        }
        return "";
    }

    /**
     * Whether the target has gone on from all that the source knows of. One that is half a copy, or
     * blank, has nothing to lose.
     */
    private static boolean overwritesUnknown(Hello source, Hello target) {
        Generations known = source.generations();
        Generations lost = target.generations();
        if (lost.isJustCreated() || !target.whole()) {
            return false;
        }
        return lost.current() != known.current()
                && lost.current() != known.bitmap()
                && !known.history().contains(lost.current());
    }

    /** The policies that are off: no conflict is ever resolved, and nobody demoted. */
    @Test
    void byDefaultNothingIsResolvedButByAnOperator() {
        List<Generations> all = generations();
        for (Generations mine : all) {
            for (Generations theirs : all) {
                for (int primaries = 0; primaries < 4; primaries++) {
                    Side self = Side.of("a", mine);
                    Side peer = Side.of("b", theirs);
                    self = (primaries & 1) == 0 ? self : self.primary();
                    peer = (primaries & 2) == 0 ? peer : peer.primary();
                    Decision decision = HandshakeTable.decide(self.hello(), peer.hello());
                    assertThat(decision.resolution()).isEqualTo(Resolution.NONE);
                }
            }
        }
    }
}
