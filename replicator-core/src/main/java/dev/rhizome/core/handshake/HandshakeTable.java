package dev.rhizome.core.handshake;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.Hello;
import org.jspecify.annotations.Nullable;

/**
 * Decides, from what two nodes remember, who copies what to whom: a pure function, dual (INV-11:
 * what one node decides is the mirror of what the other does), total, and silent about when.
 *
 * <p>The order is: can the two talk at all; what do the generations say ({@link GenerationTable});
 * if they are in conflict, does a policy or an operator resolve it ({@link SplitBrainTable}); and
 * is what comes out possible with these disks and roles. The rules follow DRBD's for two nodes.
 */
public final class HandshakeTable {

    private HandshakeTable() {}

    /** Decides for {@code self}: what they agree on, unless a node has to prepare for it. */
    public static Decision decide(Hello self, Hello peer) {
        Decision agreed = agree(self, peer);
        if (agreed.verdict().target() && prepares(self, agreed)) {
            return prepare(HandshakeRule.TARGET_PREPARES_SELF, agreed);
        }
        return agreed.verdict().source() && prepares(peer, agreed)
                ? prepare(HandshakeRule.TARGET_PREPARES_PEER, agreed)
                : agreed;
    }

    private static boolean prepares(Hello target, Decision agreed) {
        return switch (target.flags().preparation()) {
            case NONE -> false;
            case OF_DISCARDED -> agreed.rule().splitBrain();
            case OF_ALL -> true;
        };
    }

    private static Decision prepare(HandshakeRule rule, Decision agreed) {
        return new Decision(Verdict.RETRY, rule, agreed.resolution());
    }

    /** What the two agree on, whatever a node wants to do before. */
    static Decision agree(Hello self, Hello peer) {
        Decision refused = compatibility(self, peer);
        if (refused != null) {
            return refused;
        }
        boolean bothPrimary = self.primary() && peer.primary();
        if (self.disk() == DiskState.DISKLESS || peer.disk() == DiskState.DISKLESS) {
            return bothPrimary ? refuse(HandshakeRule.TWO_PRIMARIES) : withoutDisk(self, peer);
        }
        Decision decision =
                SplitBrainTable.resolve(self, peer, GenerationTable.compare(self, peer));
        if (!decision.verdict().agreed()) {
            return decision;
        }
        // That two Primaries meet is told before what their disks are like.
        return bothPrimary
                ? twoPrimaries(self, peer, decision)
                : withRoles(self, peer, withDisks(self, peer, decision));
    }

    private static @Nullable Decision compatibility(Hello self, Hello peer) {
        if (peer.oldestProtocolVersion() > self.protocolVersion()
                || self.oldestProtocolVersion() > peer.protocolVersion()) {
            return refuse(HandshakeRule.PROTOCOL_VERSION);
        }
        if (!self.resource().equals(peer.resource()) || self.node().equals(peer.node())) {
            return refuse(HandshakeRule.NAMES);
        }
        boolean bothSized = self.volumeBytes() > 0 && peer.volumeBytes() > 0;
        if (bothSized && self.volumeBytes() != peer.volumeBytes()) {
            return sizes(self, peer);
        }
        if (bothSized && self.sectorBytes() != peer.sectorBytes()) {
            return refuse(HandshakeRule.SECTORS_DIFFER);
        }
        if (!self.policies().equals(peer.policies())) {
            return refuse(HandshakeRule.POLICIES_DIFFER);
        }
        // Whatever the generations say: an operator who gives up both has made a mistake.
        return self.flags().discardMyData() && peer.flags().discardMyData()
                ? refuse(HandshakeRule.DISCARD_BOTH)
                : null;
    }

    /**
     * No client uses the part that only one node has: both record a larger size before the Primary
     * serves it. So a resize that was interrupted is finished, if that is what it can have been.
     */
    private static Decision sizes(Hello self, Hello peer) {
        boolean selfIsBehind = self.volumeBytes() < peer.volumeBytes();
        Hello smaller = selfIsBehind ? self : peer;
        Hello larger = selfIsBehind ? peer : self;
        boolean canGrow =
                smaller.capacityBytes() >= larger.volumeBytes()
                        && !smaller.generations().isJustCreated()
                        && !larger.generations().isJustCreated();
        if (!canGrow) {
            return refuse(HandshakeRule.SIZES_DIFFER);
        }
        return new Decision(
                Verdict.RETRY,
                selfIsBehind ? HandshakeRule.SIZE_BEHIND_SELF : HandshakeRule.SIZE_BEHIND_PEER);
    }

    /**
     * A node without a disk shows its clients the peer's data, now or once it is promoted. That
     * must be the data that it had, or what came of it (INV-04).
     */
    private static Decision withoutDisk(Hello self, Hello peer) {
        boolean served = servedBy(self, peer) && servedBy(peer, self);
        return served
                ? new Decision(Verdict.NO_SYNC, HandshakeRule.DISKLESS)
                : refuse(HandshakeRule.DISKLESS_NEWER);
    }

    private static boolean servedBy(Hello diskless, Hello data) {
        long shown = diskless.generations().current();
        if (diskless.disk() != DiskState.DISKLESS
                || diskless.generations().isJustCreated()
                || !data.whole()) {
            return true;
        }
        Generations theirs = data.generations();
        return theirs.current() == shown
                || theirs.bitmap() == shown
                || theirs.history().contains(shown);
    }

    /**
     * Two Primaries part in any case. If the generations say whose data is older, rr-conflict may
     * make that one give way; if they are the same, nobody can tell who should.
     */
    private static Decision twoPrimaries(Hello self, Hello peer, Decision decision) {
        boolean oneIsOlder = decision.verdict() != Verdict.NO_SYNC && self.whole() && peer.whole();
        return oneIsOlder
                ? roleConflict(self, decision.verdict().target(), HandshakeRule.TWO_PRIMARIES)
                : refuse(HandshakeRule.TWO_PRIMARIES);
    }

    /** Half a copy is nobody's source, whatever its generations say. */
    private static Decision withDisks(Hello self, Hello peer, Decision decision) {
        boolean halfSource =
                (decision.verdict().source() && !self.whole())
                        || (decision.verdict().target() && !peer.whole());
        if (!halfSource) {
            return decision;
        }
        return self.whole() || peer.whole()
                ? refuse(HandshakeRule.SOURCE_INCONSISTENT)
                : new Decision(Verdict.NO_SYNC, HandshakeRule.BOTH_INCONSISTENT);
    }

    /**
     * A Primary's clients have read its data: it is not replaced by another under them (INV-04).
     */
    private static Decision withRoles(Hello self, Hello peer, Decision decision) {
        boolean selfLoses =
                decision.verdict().target() && self.primary() && !goesOnBeingServed(self, peer);
        boolean peerLoses =
                decision.verdict().source() && peer.primary() && !goesOnBeingServed(peer, self);
        return selfLoses || peerLoses
                ? roleConflict(self, selfLoses, HandshakeRule.PRIMARY_WOULD_BE_TARGET)
                : decision;
    }

    /**
     * A Primary on half a copy, or on an old one that was attached under it, has shown its clients
     * nothing but the source's data. If that is what the source still has, all of it, they go on.
     */
    private static boolean goesOnBeingServed(Hello target, Hello source) {
        return target.disk().code() <= DiskState.OUTDATED.code()
                && target.shown() != Generations.NONE
                && target.shown() == source.generations().current()
                && !source.crashed();
    }

    private static Decision roleConflict(Hello self, boolean selfLoses, HandshakeRule rule) {
        return switch (self.policies().roleConflict()) {
            case DISCONNECT -> refuse(rule);
            case RETRY_CONNECT -> new Decision(Verdict.RETRY, rule, Resolution.RETRY_CONNECT);
            case CALL_PRI_LOST ->
                    new Decision(
                            selfLoses ? Verdict.DEMOTE : Verdict.AWAIT_DEMOTION,
                            rule,
                            Resolution.CALL_PRI_LOST);
        };
    }

    private static Decision refuse(HandshakeRule rule) {
        return new Decision(Verdict.DISCONNECT, rule);
    }
}
