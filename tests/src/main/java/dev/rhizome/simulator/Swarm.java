package dev.rhizome.simulator;

import dev.rhizome.core.Tuning;
import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.policy.AfterSplitBrain0Pri;
import dev.rhizome.core.policy.AfterSplitBrain1Pri;
import dev.rhizome.core.policy.AfterSplitBrain2Pri;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.policy.OnNoData;
import dev.rhizome.core.policy.PaceSettings;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.policy.TargetSettings;

/**
 * What a seed's run is like: every seed has a random subset of the kinds of trouble, at rates that
 * differ widely, because trouble of one kind can hide that of another.
 */
record Swarm(
        int sectorBytes,
        int volumeBlocks,
        int queueDepth,
        int thinkNs,
        int diskNs,
        int stallPermille,
        long stallNs,
        int errorPermille,
        int weakNode,
        int linkNs,
        long troubleNs,
        int killWeight,
        int powerWeight,
        int cutWeight,
        int effectCrashWeight,
        int operatorWeight,
        boolean splitBrain,
        int keepPermille,
        long poolBytes,
        int flushPermille,
        int fuaPermille,
        int steps,
        int extentBlocks,
        int activeExtents,
        long checkpointBytes,
        long flushAfterNs,
        int damagePermille,
        long coolAfterNs,
        int policyNumber,
        int onIoError,
        long diskTimeoutNs,
        long hangNs,
        long syncFloorBytes,
        long syncCeilingBytes,
        int latencyPercent,
        boolean alike,
        int spareBlocks,
        int fencingPolicy,
        boolean autoPromote,
        boolean suspendsWithoutData,
        int prepares) {

    private static final long FENCE_RETRY_NS = 1_000_000_000;
    private static final long SPLIT_BRAIN_PAUSE_NS = 500_000_000;
    private static final AfterSplitBrain0Pri[] ZERO_PRIMARIES = AfterSplitBrain0Pri.values();
    private static final AfterSplitBrain1Pri[] ONE_PRIMARY = AfterSplitBrain1Pri.values();
    private static final AfterSplitBrain2Pri[] TWO_PRIMARIES = AfterSplitBrain2Pri.values();
    private static final RoleConflict[] ROLES = RoleConflict.values();
    private static final int POLICIES =
            ZERO_PRIMARIES.length * ONE_PRIMARY.length * TWO_PRIMARIES.length * ROLES.length;

    static Swarm of(Choices choices) {
        boolean errors = choices.permille(250);
        boolean power = !errors && choices.permille(600);
        int sector = choices.oneOf(512, 4096);
        return new Swarm(
                sector,
                sector == 512 ? choices.oneOf(64, 96) : choices.oneOf(64, 256),
                choices.oneOf(1, 3, 8),
                choices.oneOf(100_000, 1_000_000, 10_000_000),
                choices.oneOf(20_000, 200_000, 2_000_000),
                choices.oneOf(0, 2, 20),
                choices.oneOf(20, 300, 4000) * 1_000_000L,
                errors ? choices.oneOf(1, 5, 30) : 0,
                choices.below(2),
                choices.oneOf(20_000, 300_000, 3_000_000),
                choices.oneOf(20, 200, 1500) * 1_000_000L,
                choices.oneOf(0, 5, 20),
                power ? choices.oneOf(5, 20) : 0,
                choices.oneOf(0, 20, 60),
                choices.oneOf(0, 5, 20),
                choices.oneOf(0, 10, 30),
                choices.permille(200),
                choices.oneOf(0, 500, 900),
                choices.oneOf(256 << 10, 16 << 20),
                choices.oneOf(10, 60, 200),
                choices.oneOf(0, 50, 200),
                choices.oneOf(100, 300, 1000),
                choices.oneOf(8, 16, 64),
                choices.oneOf(8, 12, 64),
                choices.oneOf(1, 64 << 10, 1 << 20),
                choices.oneOf(20, 500, 5000) * 1_000_000L,
                choices.oneOf(0, 0, 100),
                choices.oneOf(100, 1000, 30_000) * 1_000_000L,
                choices.oneOf(0, choices.below(POLICIES)),
                choices.below(OnIoError.values().length),
                choices.oneOf(0, 200, 1000) * 1_000_000L,
                choices.oneOf(0, 0, 0, 1000, 20_000) * 1_000_000L,
                choices.oneOf(256 << 10, 4 << 20),
                choices.oneOf(0, 0, 8 << 20),
                choices.oneOf(101, 125, 400),
                choices.permille(300),
                choices.oneOf(0, 0, 16, 64),
                choices.oneOf(0, 0, 1, 2, 3, 3),
                choices.permille(500),
                choices.permille(300),
                choices.oneOf(0, 0, 1, 2));
    }

    /** Only where split brains are allowed is there anything to resolve: 0 resolves nothing. */
    ConflictPolicies policies() {
        int left = splitBrain ? policyNumber : 0;
        int none = left % ZERO_PRIMARIES.length;
        left /= ZERO_PRIMARIES.length;
        int one = left % ONE_PRIMARY.length;
        left /= ONE_PRIMARY.length;
        int two = left % TWO_PRIMARIES.length;
        left /= TWO_PRIMARIES.length;
        return new ConflictPolicies(
                ZERO_PRIMARIES[none], ONE_PRIMARY[one], TWO_PRIMARIES[two], ROLES[left]);
    }

    FencingSettings fencing() {
        return new FencingSettings(
                FencingPolicy.values()[fencingPolicy],
                autoPromote,
                FENCE_RETRY_NS,
                suspendsWithoutData ? OnNoData.SUSPEND_IO : OnNoData.IO_ERROR);
    }

    /** How far apart troubles are: a split brain takes nodes that were in step before. */
    long pauseNs() {
        return splitBrain ? Math.max(troubleNs, SPLIT_BRAIN_PAUSE_NS) : troubleNs;
    }

    TargetSettings target() {
        return new TargetSettings(prepares == 2, prepares > 0);
    }

    DiskPolicy diskPolicy() {
        return new DiskPolicy(OnIoError.values()[onIoError], diskTimeoutNs);
    }

    Tuning tuning() {
        return new Tuning(
                extentBlocks,
                activeExtents,
                checkpointBytes,
                flushAfterNs,
                coolAfterNs,
                new PaceSettings(syncFloorBytes, syncCeilingBytes, latencyPercent, 0));
    }

    /** Those of a volume that has grown as far as it can. */
    int sectors() {
        return (int) (largestBytes() / sectorBytes);
    }

    long largestBytes() {
        return ((long) volumeBlocks + spareBlocks) * 4096;
    }

    /** The size at first. */
    long volumeBytes() {
        return volumeBlocks * 4096L;
    }
}
