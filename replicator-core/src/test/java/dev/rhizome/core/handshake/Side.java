package dev.rhizome.core.handshake;

import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.Preparation;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import java.util.List;

/** One side of a handshake, changed step by step. */
record Side(
        String node,
        Role role,
        DiskState disk,
        Hello.Flags flags,
        Generations generations,
        long outOfSyncBlocks,
        ConflictPolicies policies) {

    static Side of(String node, Generations generations) {
        return new Side(
                node,
                Role.SECONDARY,
                DiskState.CONSISTENT,
                Hello.Flags.NONE,
                generations,
                0,
                ConflictPolicies.DISCONNECT);
    }

    static Side a(long current, long bitmap, Long... history) {
        return of("a", new Generations(current, bitmap, List.of(history)));
    }

    static Side b(long current, long bitmap, Long... history) {
        return of("b", new Generations(current, bitmap, List.of(history)));
    }

    Side primary() {
        return with(Role.PRIMARY);
    }

    Side with(Role changed) {
        return new Side(node, changed, disk, flags, generations, outOfSyncBlocks, policies);
    }

    Side with(DiskState changed) {
        return new Side(node, role, changed, flags, generations, outOfSyncBlocks, policies);
    }

    Side with(Hello.Flags changed) {
        return new Side(node, role, disk, changed, generations, outOfSyncBlocks, policies);
    }

    Side with(ConflictPolicies changed) {
        return new Side(node, role, disk, flags, generations, outOfSyncBlocks, changed);
    }

    Side with(Generations changed) {
        return new Side(node, role, disk, flags, changed, outOfSyncBlocks, policies);
    }

    Side changed(long blocks) {
        return new Side(node, role, disk, flags, generations, blocks, policies);
    }

    Side died(boolean asPrimary) {
        return with(
                new Hello.Flags(
                        true,
                        asPrimary,
                        flags.promotedAlone(),
                        flags.discardMyData(),
                        flags.tentative()));
    }

    Side promotedAlone() {
        return with(
                new Hello.Flags(
                        flags.crashed(),
                        flags.crashedPrimary(),
                        true,
                        flags.discardMyData(),
                        flags.tentative()));
    }

    Side discarding() {
        return with(
                new Hello.Flags(
                        flags.crashed(),
                        flags.crashedPrimary(),
                        flags.promotedAlone(),
                        true,
                        flags.tentative()));
    }

    Side preparing(Preparation what) {
        return with(
                new Hello.Flags(
                        flags.crashed(),
                        flags.crashedPrimary(),
                        flags.promotedAlone(),
                        flags.discardMyData(),
                        flags.tentative(),
                        what));
    }

    Hello hello() {
        long size = disk == DiskState.DISKLESS ? 0 : 1 << 20;
        int version = HelloCodec.PROTOCOL_VERSION;
        return new Hello(
                version,
                version,
                0,
                node,
                "data",
                size,
                512,
                role,
                disk,
                flags,
                generations,
                outOfSyncBlocks,
                policies);
    }
}
