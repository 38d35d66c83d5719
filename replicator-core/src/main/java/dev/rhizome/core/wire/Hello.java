package dev.rhizome.core.wire;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.Tenure;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Preparation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;

/**
 * What a node says of itself when a link comes up, and, but for the first fields, whenever it
 * changes (STATE).
 *
 * @param protocolVersion the newest version of the peer protocol that it speaks
 * @param oldestProtocolVersion the oldest
 * @param features feature bits; what both have is used. Version 2 knows none
 * @param node its name
 * @param resource the resource's name
 * @param volumeBytes its volume's size; 0 if it has no disk
 * @param sectorBytes its unit of addresses
 * @param role its role
 * @param disk its disk state
 * @param flags what else is so
 * @param generations its generation identifiers
 * @param outOfSyncBlocks how many blocks its bitmap says may differ from the peer's
 * @param policies how conflicts are to be resolved
 * @param shown of a Primary without whole data of its own, the generation that its clients were
 *     shown last, on its peer; else {@link Generations#NONE}
 * @param capacityBytes how large the volume could be on its disk
 * @param tenure when it was Primary, by its clock; for people
 */
public record Hello(
        int protocolVersion,
        int oldestProtocolVersion,
        long features,
        String node,
        String resource,
        long volumeBytes,
        int sectorBytes,
        Role role,
        DiskState disk,
        Flags flags,
        Generations generations,
        long outOfSyncBlocks,
        ConflictPolicies policies,
        long shown,
        long capacityBytes,
        Tenure tenure) {

    /** Of a node that serves nobody, or has whole data. */
    public Hello(
            int protocolVersion,
            int oldestProtocolVersion,
            long features,
            String node,
            String resource,
            long volumeBytes,
            int sectorBytes,
            Role role,
            DiskState disk,
            Flags flags,
            Generations generations,
            long outOfSyncBlocks,
            ConflictPolicies policies) {
        this(
                protocolVersion,
                oldestProtocolVersion,
                features,
                node,
                resource,
                volumeBytes,
                sectorBytes,
                role,
                disk,
                flags,
                generations,
                outOfSyncBlocks,
                policies,
                Generations.NONE,
                volumeBytes,
                Tenure.NONE);
    }

    /**
     * Facts that are so or not.
     *
     * @param crashed whether the node died with writes under way, and nothing has settled it since
     * @param crashedPrimary whether it died as Primary
     * @param promotedAlone whether it became Primary while it was not connected, and nothing has
     *     settled it since
     * @param discardMyData whether an operator gives its data up, should it be in conflict
     * @param tentative whether an operator only asks what would be decided
     * @param preparation before what the node wants to do something first
     */
    public record Flags(
            boolean crashed,
            boolean crashedPrimary,
            boolean promotedAlone,
            boolean discardMyData,
            boolean tentative,
            Preparation preparation) {

        /** Of a node that need not prepare anything. */
        public Flags(
                boolean crashed,
                boolean crashedPrimary,
                boolean promotedAlone,
                boolean discardMyData,
                boolean tentative) {
            this(
                    crashed,
                    crashedPrimary,
                    promotedAlone,
                    discardMyData,
                    tentative,
                    Preparation.NONE);
        }

        /** None. */
        public static final Flags NONE = new Flags(false, false, false, false, false);
    }

    /** On a disk where the volume could be larger. */
    public Hello withCapacityBytes(long changed) {
        return new Hello(
                protocolVersion,
                oldestProtocolVersion,
                features,
                node,
                resource,
                volumeBytes,
                sectorBytes,
                role,
                disk,
                flags,
                generations,
                outOfSyncBlocks,
                policies,
                shown,
                changed,
                tenure);
    }

    /** Whether it serves clients. */
    public boolean primary() {
        return role == Role.PRIMARY;
    }

    /** Whether its data is whole: not half a copy, and there is a disk that has it. */
    public boolean whole() {
        return disk.code() > DiskState.INCONSISTENT.code();
    }

    /** {@link Flags#crashed}. */
    public boolean crashed() {
        return flags.crashed();
    }

    /** {@link Flags#crashedPrimary}. */
    public boolean crashedPrimary() {
        return flags.crashedPrimary();
    }
}
