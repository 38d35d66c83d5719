package dev.rhizome.simulator;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Replica;
import dev.rhizome.core.Tuning;
import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.metadata.AttachedMetadata;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.Superblock.Flag;
import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.request.RangeLock;
import java.util.List;

/** The engine's collaborators, with a bug planted in one of them if that is asked for. */
final class Mutations {

    private Mutations() {}

    /** Never lets anybody wait. */
    private static final class NoRangeLock extends RangeLock {
        NoRangeLock() {
            super(Replica.RANGE_HOLDERS);
        }

        @Override
        public boolean lock(int holder, long startBytes, long lengthBytes) {
            return true;
        }

        @Override
        public void unlock(int holder) {}

        @Override
        public boolean taken(long startBytes, long lengthBytes) {
            return false;
        }
    }

    /** Does not take note of some kinds of differences. */
    private static final class ForgetfulBitmap extends Bitmap {
        private final Sabotage bug;

        ForgetfulBitmap(Bitmap found, Sabotage bug) {
            super(found.blocks());
            this.bug = bug;
            for (int word = 0; word < found.words(); word++) {
                super.setWord(word, found.word(word));
            }
        }

        @Override
        public void setBytes(long offsetBytes, long lengthBytes) {
            if (bug == Sabotage.FORGET_FOUND) {
                long first = offsetBytes / Limits.BLOCK_BYTES;
                long last = (offsetBytes + lengthBytes - 1) / Limits.BLOCK_BYTES;
                super.set(first, last - first + 1);
            } else if (bug != Sabotage.FORGET_DIFFERENCES) {
                super.setBytes(offsetBytes, lengthBytes);
            }
        }

        @Override
        public void setWord(int word, long mask) {
            if (bug != Sabotage.FORGET_UNFLUSHED) {
                super.setWord(word, mask);
            }
        }

        @Override
        public void set(long first, long count) {
            boolean byVerify = bug == Sabotage.FORGET_FOUND && count < blocks();
            if (!byVerify) {
                super.set(first, count);
            }
        }

        @Override
        public long nextClear(long from, long limit) {
            long end = super.nextClear(from, limit);
            if (bug == Sabotage.NEVER_REMEMBER_BITS) {
                clear(from, end - from);
            }
            return end;
        }
    }

    /** Lets those who compare pass by all others. */
    private static final class NoVerifyLock extends RangeLock {
        NoVerifyLock() {
            super(Replica.RANGE_HOLDERS);
        }

        private static boolean verifies(int holder) {
            int first = Limits.MAX_CLIENT_REQUESTS + Limits.MAX_RESYNC_IN_FLIGHT;
            return holder >= first && holder < first + Limits.MAX_VERIFY_IN_FLIGHT;
        }

        @Override
        public boolean lock(int holder, long startBytes, long lengthBytes) {
            return verifies(holder) || super.lock(holder, startBytes, lengthBytes);
        }

        @Override
        public void unlock(int holder) {
            if (!verifies(holder)) {
                super.unlock(holder);
            }
        }
    }

    static RangeLock rangeLock(Sabotage bug) {
        return switch (bug) {
            case NO_RANGE_LOCK -> new NoRangeLock();
            case VERIFY_WITHOUT_LOCK -> new NoVerifyLock();
            default -> new RangeLock(Replica.RANGE_HOLDERS);
        };
    }

    /** With the generations of the peer, and no mark that anything may be amiss. */
    static AttachedMetadata asCurrent(AttachedMetadata found, Superblock peer) {
        Superblock same =
                found.superblock()
                        .with(peer.generations())
                        .with(Flag.ACTIVE, false)
                        .with(Flag.PRIMARY_INDICATOR, false)
                        .with(Flag.WAS_UP_TO_DATE, true);
        return new AttachedMetadata(
                found.layout(),
                same,
                found.behindSlot(),
                new Bitmap(found.bitmap().blocks()),
                new ActivityLogContents(List.of(), 0, found.log().lastSequence(), ""),
                found.warnings());
    }

    /** What an operator may configure, or cannot. */
    static Tuning tuning(Sabotage bug, Tuning tuning) {
        return bug != Sabotage.STARVE_RESYNC
                ? tuning
                : new Tuning(
                        tuning.extentBlocks(),
                        tuning.activityLogExtents(),
                        tuning.checkpointBytes(),
                        tuning.flushAfterNs(),
                        tuning.coolAfterNs(),
                        new PaceSettings(1, 1, 101, 0));
    }

    static AttachedMetadata metadata(Sabotage bug, AttachedMetadata found) {
        Superblock superblock = found.superblock();
        ActivityLogContents log = found.log();
        Bitmap bitmap = found.bitmap();
        switch (bug) {
            case FORGET_CRASH ->
                    superblock =
                            superblock.with(Flag.ACTIVE, false).with(Flag.PRIMARY_INDICATOR, false);
            case CLAIM_UP_TO_DATE -> {
                boolean whole = superblock.has(Flag.CONSISTENT);
                superblock =
                        superblock.with(Flag.WAS_UP_TO_DATE, whole).with(Flag.PEER_OUTDATED, whole);
            }
            case FORGET_ACTIVE_EXTENTS ->
                    log = new ActivityLogContents(List.of(), 0, log.lastSequence(), "");
            case FORGET_DIFFERENCES, FORGET_UNFLUSHED, NEVER_REMEMBER_BITS, FORGET_FOUND ->
                    bitmap = new ForgetfulBitmap(bitmap, bug);
            default -> {
                return found;
            }
        }
        return new AttachedMetadata(
                found.layout(), superblock, found.behindSlot(), bitmap, log, found.warnings());
    }
}
