package dev.rhizome.simulator;

import dev.rhizome.core.Tuning;
import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.policy.TargetSettings;
import dev.rhizome.core.verify.CheckOptions;

/**
 * What one node of a {@link Pair} is like. Nothing happens because time has passed: all time-outs
 * the background flush and the cooling of extents are further away than a scenario is long.
 *
 * @param blocks the volume's size in blocks of 4096 bytes
 * @param sectorBytes the disk's unit of addresses
 * @param resource the resource's name
 * @param policies how conflicts are resolved
 * @param tuning activity log and resync
 * @param diskPolicy what is done about a disk that fails
 * @param checks how the nodes' data is compared
 * @param fencing when it may write, and when its clients wait
 * @param target what it does before its data is replaced
 */
public record NodeSetup(
        int blocks,
        int sectorBytes,
        String resource,
        ConflictPolicies policies,
        Tuning tuning,
        DiskPolicy diskPolicy,
        CheckOptions checks,
        FencingSettings fencing,
        TargetSettings target) {
    /** By how much a disk can grow. */
    static final int SPARE_BLOCKS = 256;

    static final long FAR_AWAY_NS = 1_000_000_000_000L;

    /** A volume of 256 blocks, 32 extents that all may be active, a checkpoint every 8 blocks. */
    public static final NodeSetup DEFAULT =
            new NodeSetup(
                    256,
                    4096,
                    "data",
                    ConflictPolicies.DISCONNECT,
                    new Tuning(8, 64, 8 * 4096, FAR_AWAY_NS, FAR_AWAY_NS),
                    new DiskPolicy(OnIoError.DETACH, 0),
                    CheckOptions.defaults(),
                    FencingSettings.defaults(),
                    TargetSettings.NONE);

    /** With another size. */
    public NodeSetup withBlocks(int changed) {
        return new NodeSetup(
                changed,
                sectorBytes,
                resource,
                policies,
                tuning,
                diskPolicy,
                checks,
                fencing,
                target);
    }

    /** With another unit of addresses. */
    public NodeSetup withSectorBytes(int changed) {
        return new NodeSetup(
                blocks, changed, resource, policies, tuning, diskPolicy, checks, fencing, target);
    }

    /** Of another resource. */
    public NodeSetup withResource(String changed) {
        return new NodeSetup(
                blocks,
                sectorBytes,
                changed,
                policies,
                tuning,
                diskPolicy,
                checks,
                fencing,
                target);
    }

    /** With other policies. */
    public NodeSetup with(ConflictPolicies changed) {
        return new NodeSetup(
                blocks,
                sectorBytes,
                resource,
                changed,
                tuning,
                diskPolicy,
                checks,
                fencing,
                target);
    }

    /** With so many extents active at once. */
    public NodeSetup withActiveExtents(int extents) {
        return with(
                new Tuning(
                        tuning.extentBlocks(),
                        extents,
                        tuning.checkpointBytes(),
                        tuning.flushAfterNs(),
                        tuning.coolAfterNs()));
    }

    /** With a checkpoint of a resync every so many blocks. */
    public NodeSetup withCheckpointBlocks(int checkpointBlocks) {
        return with(
                new Tuning(
                        tuning.extentBlocks(),
                        tuning.activityLogExtents(),
                        checkpointBlocks * 4096L,
                        tuning.flushAfterNs(),
                        tuning.coolAfterNs()));
    }

    /** With another policy for disks that fail. */
    public NodeSetup with(DiskPolicy changed) {
        return new NodeSetup(
                blocks, sectorBytes, resource, policies, tuning, changed, checks, fencing, target);
    }

    /** With checksums in a resync. */
    public NodeSetup withChecksums() {
        CheckOptions changed = new CheckOptions(true, checks.verifyBytesPerSecond());
        return new NodeSetup(
                blocks,
                sectorBytes,
                resource,
                policies,
                tuning,
                diskPolicy,
                changed,
                fencing,
                target);
    }

    /** With other rules for who may write. */
    public NodeSetup with(FencingSettings changed) {
        return new NodeSetup(
                blocks,
                sectorBytes,
                resource,
                policies,
                tuning,
                diskPolicy,
                checks,
                changed,
                target);
    }

    /** With other things to do before its data is replaced. */
    public NodeSetup with(TargetSettings changed) {
        return new NodeSetup(
                blocks,
                sectorBytes,
                resource,
                policies,
                tuning,
                diskPolicy,
                checks,
                fencing,
                changed);
    }

    private NodeSetup with(Tuning changed) {
        return new NodeSetup(
                blocks,
                sectorBytes,
                resource,
                policies,
                changed,
                diskPolicy,
                checks,
                fencing,
                target);
    }

    int sectorsPerBlock() {
        return 4096 / sectorBytes;
    }

    int sectors() {
        return blocks * sectorsPerBlock();
    }

    /** Those of a volume that has grown as far as it can. */
    int allSectors() {
        return (blocks + SPARE_BLOCKS) * sectorsPerBlock();
    }

    long volumeBytes() {
        return blocks * 4096L;
    }

    /** The simulated disk's view: quick, never stalling, and all that is not flushed is lost. */
    Swarm swarm() {
        int diskNs = 4;
        return new Swarm(
                sectorBytes,
                blocks,
                1,
                1,
                diskNs,
                0,
                1,
                0,
                0,
                1,
                1,
                0,
                0,
                0,
                0,
                0,
                false,
                0,
                1L << 30,
                0,
                0,
                1,
                tuning.extentBlocks(),
                tuning.activityLogExtents(),
                tuning.checkpointBytes(),
                tuning.flushAfterNs(),
                0,
                tuning.coolAfterNs(),
                0,
                diskPolicy.onIoError().code(),
                diskPolicy.timeoutNs(),
                0,
                tuning.pace().minBytesPerSecond(),
                tuning.pace().maxBytesPerSecond(),
                tuning.pace().latencyPercent(),
                false,
                SPARE_BLOCKS,
                0,
                false,
                false,
                0);
    }
}
