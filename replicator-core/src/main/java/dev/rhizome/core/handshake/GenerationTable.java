package dev.rhizome.core.handshake;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.wire.Hello;
import java.util.List;

/**
 * What the generations, and the marks of a crash, say about two disks. First match wins; the order
 * is the table.
 *
 * <p>A copy by bitmap copies the union of both nodes' bits. It suffices where that union is certain
 * to cover whatever differs; each rule says why it does. Everything else is a full copy, which is
 * always right.
 */
final class GenerationTable {

    private GenerationTable() {}

    static Decision compare(Hello self, Hello peer) {
        Generations mine = self.generations();
        Generations theirs = peer.generations();
        if (mine.isJustCreated() && theirs.isJustCreated()) {
            return new Decision(Verdict.NO_SYNC, HandshakeRule.JUST_CREATED_BOTH);
        }
        if (isOutdatedBesideBlank(self, peer) || isOutdatedBesideBlank(peer, self)) {
            return new Decision(Verdict.NO_SYNC, HandshakeRule.OUTDATED_BESIDE_BLANK);
        }
        // Full: no bitmap knows what is on a disk that never had this data.
        if (mine.isJustCreated()) {
            return new Decision(Verdict.TARGET_FULL, HandshakeRule.JUST_CREATED_SELF);
        }
        if (theirs.isJustCreated()) {
            return new Decision(Verdict.SOURCE_FULL, HandshakeRule.JUST_CREATED_PEER);
        }
        return mine.current() == theirs.current()
                ? equalCurrent(self, peer)
                : differentCurrent(self, peer);
    }

    /** Data that is known to be old does not become the newest by itself, not even beside none. */
    private static boolean isOutdatedBesideBlank(Hello one, Hello other) {
        return one.disk() == DiskState.OUTDATED && other.generations().isJustCreated();
    }

    // ---- the same generation: every acknowledged change is on both, or was until a crash

    private static Decision equalCurrent(Hello self, Hello peer) {
        if (self.whole() != peer.whole()) {
            return inconsistent(self);
        }
        if (self.crashed() || peer.crashed()) {
            return crashed(self, peer);
        }
        if (mayMissStart(self, peer) || mayMissStart(peer, self)) {
            return leftOpen(self, peer);
        }
        return new Decision(Verdict.NO_SYNC, HandshakeRule.EQUAL);
    }

    /**
     * Full: a target that is half a copy has its source's bitmap generation as its current one, and
     * is found by the rules for bitmaps. Whatever else is incomplete got so in a way that no bitmap
     * has followed.
     */
    private static Decision inconsistent(Hello self) {
        return self.whole()
                ? new Decision(Verdict.SOURCE_FULL, HandshakeRule.INCONSISTENT_PEER)
                : new Decision(Verdict.TARGET_FULL, HandshakeRule.INCONSISTENT_SELF);
    }

    /**
     * By bitmap: with the same generation on both, they differ at most in what was under way, or
     * not flushed, when a node died. The extents of that are in the activity log of whoever was
     * Primary, and became bits: at the attach of a Primary that died, at the loss of the link where
     * it survived. A copy that was under way before has left its own bits beside them.
     */
    private static Decision crashed(Hello self, Hello peer) {
        if (self.primary() != peer.primary()) {
            // It serves its data, and clients have read it (INV-04).
            return bitmap(self.primary(), HandshakeRule.CRASHED_ONE_PRIMARY);
        }
        if (self.crashed() != peer.crashed()) {
            return peer.crashed()
                    ? bitmap(true, HandshakeRule.CRASHED_PEER)
                    : bitmap(false, HandshakeRule.CRASHED_SELF);
        }
        return bitmap(preferred(self, peer), HandshakeRule.CRASHED_BOTH);
    }

    /**
     * Which of two that have both died: the one that died as Primary may have more; else the one
     * that was made a source before stays it; else the names decide, the same on both.
     */
    private static boolean preferred(Hello self, Hello peer) {
        if (self.crashedPrimary() != peer.crashedPrimary()) {
            return self.crashedPrimary();
        }
        boolean marked = hasBitmap(self);
        return marked != hasBitmap(peer) ? marked : self.node().compareTo(peer.node()) < 0;
    }

    /**
     * A source whose peer has neither noted the start of the resync, nor died: it has the same data
     * as before. After the crashes: of two that differ by one, the survivor has all.
     */
    private static boolean mayMissStart(Hello source, Hello target) {
        return hasBitmap(source) && !(hasBitmap(target) && precedes(target, source));
    }

    /** Both cannot be sources: should both say so, the Primary is, or the name decides. */
    private static boolean precedes(Hello one, Hello other) {
        return one.primary() != other.primary()
                ? one.primary()
                : one.node().compareTo(other.node()) < 0;
    }

    /**
     * By bitmap: the source's bits were set before its bitmap generation was, and are cleared only
     * when it hears of the end. If the target has the generation in its history, it has finished,
     * and the source has not heard of it; else it has not even heard of the start.
     *
     * <p>Nobody has died, and the current generation is the same, so both hold every acknowledged
     * change. That is why a target that has become Primary meanwhile may be the source instead: it
     * serves (INV-04).
     */
    private static Decision leftOpen(Hello self, Hello peer) {
        boolean selfWasSource = mayMissStart(self, peer);
        boolean finished =
                selfWasSource
                        ? peer.generations().history().contains(self.generations().bitmap())
                        : self.generations().history().contains(peer.generations().bitmap());
        HandshakeRule rule =
                finished
                        ? (selfWasSource
                                ? HandshakeRule.MISSED_FINISH_SELF
                                : HandshakeRule.MISSED_FINISH_PEER)
                        : (selfWasSource
                                ? HandshakeRule.MISSED_START_PEER
                                : HandshakeRule.MISSED_START_SELF);
        boolean toPeer = self.primary() != peer.primary() ? self.primary() : selfWasSource;
        return bitmap(toPeer, rule);
    }

    // ---- different generations: who went on from where?

    private static Decision differentCurrent(Hello self, Hello peer) {
        Generations mine = self.generations();
        Generations theirs = peer.generations();
        boolean theyWentOn = mine.current() == theirs.bitmap();
        boolean selfWentOn = mine.bitmap() == theirs.current();
        // By bitmap: the source's bits are all that differs from its bitmap generation, which is
        // what the target has: data of before, or half a copy of an interrupted resync. What the
        // target was writing when it died is in its own bits.
        if (theyWentOn != selfWentOn) {
            return theyWentOn
                    ? bitmap(false, HandshakeRule.BITMAP_PEER)
                    : bitmap(true, HandshakeRule.BITMAP_SELF);
        }
        boolean selfMissed = missedFinishAndWentOn(self, peer);
        boolean peerMissed = missedFinishAndWentOn(peer, self);
        if (selfMissed != peerMissed) {
            return selfMissed
                    ? bitmap(true, HandshakeRule.MISSED_FINISH_SELF)
                    : bitmap(false, HandshakeRule.MISSED_FINISH_PEER);
        }
        // Full: the source's bits tell what differs from a later generation than the target's.
        boolean inTheirs = theirs.history().contains(mine.current());
        boolean inMine = mine.history().contains(theirs.current());
        if (inTheirs != inMine) {
            return inTheirs
                    ? new Decision(Verdict.TARGET_FULL, HandshakeRule.HISTORY_PEER)
                    : new Decision(Verdict.SOURCE_FULL, HandshakeRule.HISTORY_SELF);
        }
        if (mine.bitmap() != Generations.NONE && mine.bitmap() == theirs.bitmap()) {
            return bothWentOn(self, peer, HandshakeRule.SPLIT_BRAIN_BITMAP);
        }
        return haveCommonAncestor(mine, theirs)
                ? bothWentOn(self, peer, HandshakeRule.SPLIT_BRAIN_HISTORY)
                : new Decision(Verdict.DISCONNECT, HandshakeRule.UNRELATED_DATA);
    }

    /**
     * The target finished the resync that its history tells of, took over a generation that is the
     * source's past by now, and has written nothing since. The source, which has not heard of the
     * end, has kept its bits and added those of what it wrote alone: by bitmap.
     */
    private static boolean missedFinishAndWentOn(Hello source, Hello target) {
        Generations ahead = source.generations();
        Generations behind = target.generations();
        return hasBitmap(source)
                && !hasBitmap(target)
                && target.whole()
                && behind.history().contains(ahead.bitmap())
                && ahead.history().contains(behind.current())
                && !behind.history().contains(ahead.current());
    }

    /** Half-copied data is nobody's past: it gives way to whole data of the same family. */
    private static Decision bothWentOn(Hello self, Hello peer, HandshakeRule rule) {
        return self.whole() == peer.whole()
                ? new Decision(Verdict.DISCONNECT, rule)
                : inconsistent(self);
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

    private static boolean hasBitmap(Hello node) {
        return node.generations().bitmap() != Generations.NONE;
    }

    private static Decision bitmap(boolean toPeer, HandshakeRule rule) {
        return new Decision(Verdict.copy(toPeer, false), rule);
    }
}
