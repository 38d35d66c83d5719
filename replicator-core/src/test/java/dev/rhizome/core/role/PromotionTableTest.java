package dev.rhizome.core.role;

import static dev.rhizome.core.role.NodeStates.connected;
import static dev.rhizome.core.role.NodeStates.state;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PromotionTableTest {
    private final Set<PromotionRule> reached = EnumSet.noneOf(PromotionRule.class);

    private void expect(NodeState state, boolean force, PromotionRule rule) {
        assertThat(PromotionTable.decide(state, force)).isEqualTo(rule);
        reached.add(rule);
    }

    @Test
    void everyRule() {
        NodeState primary = state(DiskState.UP_TO_DATE);
        primary.role(Role.PRIMARY, "test", "");
        expect(primary, false, PromotionRule.ALREADY_PRIMARY);

        NodeState beside = connected(DiskState.UP_TO_DATE, DiskState.UP_TO_DATE);
        beside.peerRole(Role.PRIMARY, "test", "");
        expect(beside, false, PromotionRule.PEER_IS_PRIMARY);
        expect(beside, true, PromotionRule.PEER_IS_PRIMARY);

        expect(state(DiskState.UP_TO_DATE), false, PromotionRule.UP_TO_DATE);
        expect(state(DiskState.DISKLESS), true, PromotionRule.NO_DISK);
        NodeState through = connected(DiskState.DISKLESS, DiskState.UP_TO_DATE);
        expect(through, false, PromotionRule.THROUGH_PEER);

        NodeState target = connected(DiskState.INCONSISTENT, DiskState.UP_TO_DATE);
        target.replication(ReplicationState.SYNC_TARGET, "test", "");
        expect(target, true, PromotionRule.SYNC_TARGET_THROUGH_PEER);
        target.peerDisk(DiskState.CONSISTENT, "test", "");
        expect(target, true, PromotionRule.SYNC_TARGET);

        NodeState behind = connected(DiskState.OUTDATED, DiskState.UP_TO_DATE);
        expect(behind, true, PromotionRule.PEER_HAS_DATA);

        expect(state(DiskState.CONSISTENT), true, PromotionRule.FORCED);
        expect(state(DiskState.CONSISTENT), false, PromotionRule.CONSISTENT);
        expect(state(DiskState.OUTDATED), false, PromotionRule.OUTDATED);
        expect(state(DiskState.INCONSISTENT), false, PromotionRule.INCONSISTENT);
        assertThat(reached).isEqualTo(EnumSet.allOf(PromotionRule.class));
    }

    /** INV-05: without force, only UpToDate data is served. */
    @Test
    void withoutForceOnlyUpToDateData() {
        for (DiskState disk : DiskState.values()) {
            for (DiskState peer : DiskState.values()) {
                NodeState state = connected(disk, peer);
                PromotionRule rule = PromotionTable.decide(state, false);
                boolean data = disk == DiskState.UP_TO_DATE || peer == DiskState.UP_TO_DATE;
                assertThat(rule.allowed() && !data).as("%s beside %s", disk, peer).isFalse();
                assertThat(rule.newGeneration()).isFalse();
            }
        }
    }
}
