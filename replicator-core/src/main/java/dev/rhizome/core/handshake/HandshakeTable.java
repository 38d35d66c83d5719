package dev.rhizome.core.handshake;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides, from what two nodes remember, who copies to whom: a pure function, dual (INV-11: what
 * one node decides is the mirror of what the other does), total, and silent about when.
 *
 * <p>The rules follow DRBD's for two nodes. There is no bitmap yet: every resync is a full one.
 */
public final class HandshakeTable {

    private HandshakeTable() {}

    /** Decides for {@code self}. */
    public static Decision decide(Hello self, Hello peer) {
        Decision refused = compatibility(self, peer);
        if (refused != null) {
            return refused;
        }
        if (self.role() == Role.PRIMARY && peer.role() == Role.PRIMARY) {
            return twoPrimaries(self, peer);
        }
        if (self.disk() == DiskState.DISKLESS || peer.disk() == DiskState.DISKLESS) {
            return withoutDisk(self, peer);
        }
        return guarded(self, peer, compared(self, peer));
    }

    /** They part in any case; if both have gone on alone, that is what must be told (INV-10). */
    private static Decision twoPrimaries(Hello self, Hello peer) {
        boolean compare = self.disk() != DiskState.DISKLESS && peer.disk() != DiskState.DISKLESS;
        Decision apart = compare ? compared(self, peer) : null;
        return apart != null && apart.verdict() == Verdict.DISCONNECT
                ? apart
                : of(Verdict.DISCONNECT, HandshakeRule.TWO_PRIMARIES);
    }

    private static @Nullable Decision compatibility(Hello self, Hello peer) {
        if (peer.oldestProtocolVersion() > self.protocolVersion()
                || self.oldestProtocolVersion() > peer.protocolVersion()) {
            return of(Verdict.DISCONNECT, HandshakeRule.PROTOCOL_VERSION);
        }
        if (!self.resource().equals(peer.resource()) || self.node().equals(peer.node())) {
            return of(Verdict.DISCONNECT, HandshakeRule.NAMES);
        }
        boolean bothSized = self.volumeBytes() > 0 && peer.volumeBytes() > 0;
        if (bothSized && self.volumeBytes() != peer.volumeBytes()) {
            return of(Verdict.DISCONNECT, HandshakeRule.SIZES_DIFFER);
        }
        if (bothSized && self.sectorBytes() != peer.sectorBytes()) {
            return of(Verdict.DISCONNECT, HandshakeRule.SECTORS_DIFFER);
        }
        return null;
    }

    /**
     * A node without a disk shows its clients the peer's data, now or once it is promoted. That
     * must be the data that it had, or what came of it (INV-04).
     */
    private static Decision withoutDisk(Hello self, Hello peer) {
        boolean served = servedBy(self, peer) && servedBy(peer, self);
        return served
                ? of(Verdict.NO_SYNC, HandshakeRule.DISKLESS)
                : of(Verdict.DISCONNECT, HandshakeRule.DISKLESS_NEWER);
    }

    private static boolean servedBy(Hello diskless, Hello data) {
        long shown = diskless.generations().current();
        if (diskless.disk() != DiskState.DISKLESS
                || diskless.generations().isJustCreated()
                || !whole(data)) {
            return true;
        }
        Generations theirs = data.generations();
        return theirs.current() == shown
                || theirs.bitmap() == shown
                || theirs.history().contains(shown);
    }

    /** First match wins; the order is the table. */
    private static Decision compared(Hello self, Hello peer) {
        Generations mine = self.generations();
        Generations theirs = peer.generations();
        if (mine.isJustCreated() && theirs.isJustCreated()) {
            return of(Verdict.NO_SYNC, HandshakeRule.JUST_CREATED_BOTH);
        }
        if (isOutdatedBesideBlank(self, peer) || isOutdatedBesideBlank(peer, self)) {
            return of(Verdict.NO_SYNC, HandshakeRule.OUTDATED_BESIDE_BLANK);
        }
        if (mine.isJustCreated()) {
            return of(Verdict.SYNC_TARGET, HandshakeRule.JUST_CREATED_SELF);
        }
        if (theirs.isJustCreated()) {
            return of(Verdict.SYNC_SOURCE, HandshakeRule.JUST_CREATED_PEER);
        }
        if (mine.current() == theirs.current()) {
            return equalCurrent(self, peer);
        }
        return differentCurrent(self, peer);
    }

    /** Data that is known to be old does not become the newest by itself, not even beside none. */
    private static boolean isOutdatedBesideBlank(Hello one, Hello other) {
        return one.disk() == DiskState.OUTDATED && other.generations().isJustCreated();
    }

    private static Decision equalCurrent(Hello self, Hello peer) {
        int better = Boolean.compare(whole(self), whole(peer));
        if (better != 0) {
            return better > 0
                    ? of(Verdict.SYNC_SOURCE, HandshakeRule.INCONSISTENT_PEER)
                    : of(Verdict.SYNC_TARGET, HandshakeRule.INCONSISTENT_SELF);
        }
        if (!self.crashed() && !peer.crashed()) {
            return of(Verdict.NO_SYNC, HandshakeRule.EQUAL);
        }
        if (self.role() != peer.role()) {
            return self.role() == Role.PRIMARY
                    ? of(Verdict.SYNC_SOURCE, HandshakeRule.CRASHED_ONE_PRIMARY)
                    : of(Verdict.SYNC_TARGET, HandshakeRule.CRASHED_ONE_PRIMARY);
        }
        if (self.crashed() != peer.crashed()) {
            return peer.crashed()
                    ? of(Verdict.SYNC_SOURCE, HandshakeRule.CRASHED_PEER)
                    : of(Verdict.SYNC_TARGET, HandshakeRule.CRASHED_SELF);
        }
        return bothCrashed(self, peer);
    }

    /** The one that died as Primary may have more; else the names decide, the same on both. */
    private static Decision bothCrashed(Hello self, Hello peer) {
        boolean source =
                self.crashedPrimary() != peer.crashedPrimary()
                        ? self.crashedPrimary()
                        : self.node().compareTo(peer.node()) < 0;
        return of(source ? Verdict.SYNC_SOURCE : Verdict.SYNC_TARGET, HandshakeRule.CRASHED_BOTH);
    }

    private static Decision differentCurrent(Hello self, Hello peer) {
        Generations mine = self.generations();
        Generations theirs = peer.generations();
        boolean theyWentOn = mine.current() == theirs.bitmap();
        boolean selfWentOn = mine.bitmap() == theirs.current();
        if (theyWentOn != selfWentOn) {
            return theyWentOn
                    ? of(Verdict.SYNC_TARGET, HandshakeRule.BITMAP_PEER)
                    : of(Verdict.SYNC_SOURCE, HandshakeRule.BITMAP_SELF);
        }
        boolean inTheirs = theirs.history().contains(mine.current());
        boolean inMine = mine.history().contains(theirs.current());
        if (inTheirs != inMine) {
            return inTheirs
                    ? of(Verdict.SYNC_TARGET, HandshakeRule.HISTORY_PEER)
                    : of(Verdict.SYNC_SOURCE, HandshakeRule.HISTORY_SELF);
        }
        if (mine.bitmap() != Generations.NONE && mine.bitmap() == theirs.bitmap()) {
            return splitBrainUnlessInconsistent(self, peer, HandshakeRule.SPLIT_BRAIN_BITMAP);
        }
        if (haveCommonAncestor(mine, theirs)) {
            return splitBrainUnlessInconsistent(self, peer, HandshakeRule.SPLIT_BRAIN_HISTORY);
        }
        return of(Verdict.DISCONNECT, HandshakeRule.UNRELATED_DATA);
    }

    /** Half-copied data is nobody's past: it gives way to whole data of the same family. */
    private static Decision splitBrainUnlessInconsistent(
            Hello self, Hello peer, HandshakeRule rule) {
        int better = Boolean.compare(whole(self), whole(peer));
        if (better == 0) {
            return of(Verdict.DISCONNECT, rule);
        }
        return better > 0
                ? of(Verdict.SYNC_SOURCE, HandshakeRule.INCONSISTENT_PEER)
                : of(Verdict.SYNC_TARGET, HandshakeRule.INCONSISTENT_SELF);
    }

    /** What the generations say must also be possible with these disks and roles. */
    private static Decision guarded(Hello self, Hello peer, Decision decision) {
        boolean source = decision.verdict() == Verdict.SYNC_SOURCE;
        boolean target = decision.verdict() == Verdict.SYNC_TARGET;
        if ((source && !whole(self)) || (target && !whole(peer))) {
            return whole(self) || whole(peer)
                    ? of(Verdict.DISCONNECT, HandshakeRule.SOURCE_INCONSISTENT)
                    : of(Verdict.NO_SYNC, HandshakeRule.BOTH_INCONSISTENT);
        }
        if ((target && self.role() == Role.PRIMARY) || (source && peer.role() == Role.PRIMARY)) {
            return of(Verdict.DISCONNECT, HandshakeRule.PRIMARY_WOULD_BE_TARGET);
        }
        return decision;
    }

    private static boolean haveCommonAncestor(Generations a, Generations b) {
        List<Long> others = b.history();
        for (long value : a.history()) {
            if (others.contains(value) || value == b.bitmap()) {
                return true;
            }
        }
        return a.bitmap() != Generations.NONE && others.contains(a.bitmap());
    }

    private static boolean whole(Hello node) {
        return node.disk().code() > DiskState.INCONSISTENT.code();
    }

    private static Decision of(Verdict verdict, HandshakeRule rule) {
        return new Decision(verdict, rule);
    }
}
