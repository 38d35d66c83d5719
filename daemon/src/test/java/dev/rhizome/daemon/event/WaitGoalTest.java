package dev.rhizome.daemon.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.daemon.FakeVolume;
import dev.rhizome.daemon.event.WaitGoal.Standing.State;
import dev.rhizome.daemon.resource.ResourceStatus;
import dev.rhizome.replicator.ResyncProgress;
import dev.rhizome.replicator.VolumeStatus;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WaitGoalTest {
    private static final VolumeStatus ALONE = FakeVolume.alone("r0", "alpha", "beta");

    @Test
    void aResyncIsConnectedAndNotInSync() {
        ResyncProgress resync = new ResyncProgress(100, 50, 10, 5, "none", 0);
        VolumeStatus status = FakeVolume.connected("r0", "alpha", "beta", resync);

        assertThat(WaitGoal.CONNECT.judge(of(status)).state()).isEqualTo(State.REACHED);
        assertThat(WaitGoal.SYNC.judge(of(status)))
                .isEqualTo(
                        new WaitGoal.Standing(
                                State.NOT_YET,
                                "not-in-sync",
                                "disk UpToDate, peer's disk Inconsistent, SyncSource"));
    }

    @Test
    void whoIsAloneOrDownIsNeither() {
        for (WaitGoal goal : WaitGoal.values()) {
            assertThat(goal.judge(of(ALONE)).rule()).isEqualTo("not-connected");
            assertThat(goal.judge(of(null)).rule()).isEqualTo("resource-down");
        }
    }

    private static ResourceStatus of(@Nullable VolumeStatus status) {
        return new ResourceStatus("r0", "alpha", status, status == null ? "no disk" : "");
    }
}
