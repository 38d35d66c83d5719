package dev.rhizome.core;

import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.handshake.SharedOptions;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.TargetSettings;
import dev.rhizome.core.verify.CheckOptions;

/**
 * What one replica is told once.
 *
 * @param resource the resource's name
 * @param node this node's name
 * @param peer the other node's name
 * @param volumeBytes the volume's size on this node's disk
 * @param sectorBytes the unit of addresses on this node's disk: 512 to 4096, a power of two
 * @param pingTimeoutNs how long the peer may be silent before it is taken for dead
 * @param requestTimeoutNs how long the peer may take for one request
 * @param policies how conflicts between the nodes are resolved
 * @param tuning activity log, resync and background flush
 * @param diskPolicy what is done about a local disk that fails
 * @param checks how the nodes' data is compared
 * @param fencing when the node may write, and when its clients wait
 * @param target what it does before its data is replaced
 * @param shared what its configuration says of the resource, to be held against the peer's
 */
public record ReplicaConfig(
        String resource,
        String node,
        String peer,
        long volumeBytes,
        int sectorBytes,
        long pingTimeoutNs,
        long requestTimeoutNs,
        ConflictPolicies policies,
        Tuning tuning,
        DiskPolicy diskPolicy,
        CheckOptions checks,
        FencingSettings fencing,
        TargetSettings target,
        SharedOptions shared) {

    /** With the defaults for the rest. */
    public ReplicaConfig(
            String resource,
            String node,
            String peer,
            long volumeBytes,
            int sectorBytes,
            long pingTimeoutNs,
            long requestTimeoutNs,
            ConflictPolicies policies,
            Tuning tuning) {
        this(
                resource,
                node,
                peer,
                volumeBytes,
                sectorBytes,
                pingTimeoutNs,
                requestTimeoutNs,
                policies,
                tuning,
                DiskPolicy.defaults(),
                CheckOptions.defaults(),
                FencingSettings.defaults(),
                TargetSettings.NONE,
                SharedOptions.NONE);
    }

    /** With another policy for a disk that fails. */
    public ReplicaConfig with(DiskPolicy changed) {
        return with(changed, checks, fencing, target, shared);
    }

    /** With other options for comparisons. */
    public ReplicaConfig with(CheckOptions changed) {
        return with(diskPolicy, changed, fencing, target, shared);
    }

    /** With other rules for who may write. */
    public ReplicaConfig with(FencingSettings changed) {
        return with(diskPolicy, checks, changed, target, shared);
    }

    /** With other things to do before the data is replaced. */
    public ReplicaConfig with(TargetSettings changed) {
        return with(diskPolicy, checks, fencing, changed, shared);
    }

    /** With other options to be held against the peer's. */
    public ReplicaConfig with(SharedOptions changed) {
        return with(diskPolicy, checks, fencing, target, changed);
    }

    private ReplicaConfig with(
            DiskPolicy disk,
            CheckOptions comparisons,
            FencingSettings writing,
            TargetSettings replaced,
            SharedOptions told) {
        return new ReplicaConfig(
                resource,
                node,
                peer,
                volumeBytes,
                sectorBytes,
                pingTimeoutNs,
                requestTimeoutNs,
                policies,
                tuning,
                disk,
                comparisons,
                writing,
                replaced,
                told);
    }

    /**
     * This, with what can be changed while a replica runs: how long the peer may be silent or late;
     * the policies for conflicts, which count from the next handshake on; the policy for a disk
     * that fails; how data is compared, and how fast; the pace of a resync; after how long an
     * extent cools; what becomes of requests without data; whether somebody is asked before this
     * node's data is replaced.
     *
     * @param wanted has the new values
     */
    public ReplicaConfig adjustedTo(ReplicaConfig wanted) {
        return new ReplicaConfig(
                resource,
                node,
                peer,
                volumeBytes,
                sectorBytes,
                wanted.pingTimeoutNs,
                wanted.requestTimeoutNs,
                wanted.policies,
                new Tuning(
                        tuning.extentBlocks(),
                        tuning.activityLogExtents(),
                        tuning.checkpointBytes(),
                        tuning.flushAfterNs(),
                        wanted.tuning.coolAfterNs(),
                        wanted.tuning.pace()),
                wanted.diskPolicy,
                wanted.checks,
                new FencingSettings(
                        fencing.policy(),
                        fencing.autoPromote(),
                        fencing.retryNs(),
                        wanted.fencing.onNoData()),
                new TargetSettings(wanted.target.asks(), target.keeps()),
                wanted.shared);
    }

    /** Whether this node wins where two equal nodes must agree who goes first. */
    public boolean winsTies() {
        return node.compareTo(peer) < 0;
    }
}
