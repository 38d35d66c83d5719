package dev.rhizome.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.disk.DiskPolicy;
import dev.rhizome.core.fencing.FencingSettings;
import dev.rhizome.core.handshake.SharedOptions;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.policy.FencingPolicy;
import dev.rhizome.core.policy.OnIoError;
import dev.rhizome.core.policy.OnNoData;
import dev.rhizome.core.policy.RoleConflict;
import dev.rhizome.core.policy.TargetSettings;
import dev.rhizome.core.verify.CheckOptions;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReplicaConfigTest {

    @Test
    void onlyWhatCanBeChangedWhileItRunsIs() {
        Tuning tuning = Tuning.defaults();
        ReplicaConfig running =
                new ReplicaConfig(
                        "r0",
                        "alpha",
                        "beta",
                        1 << 20,
                        512,
                        1,
                        2,
                        ConflictPolicies.DISCONNECT,
                        tuning);
        Tuning other = new Tuning(1, 99, 3, 4, 5, tuning.pace());
        ReplicaConfig wanted =
                new ReplicaConfig(
                        "r1",
                        "gamma",
                        "delta",
                        1 << 30,
                        4096,
                        7,
                        8,
                        ConflictPolicies.DISCONNECT.with(RoleConflict.values()[1]),
                        other,
                        new DiskPolicy(OnIoError.PASS_ON, 9),
                        new CheckOptions(true, 10),
                        new FencingSettings(
                                FencingPolicy.RESOURCE_ONLY, false, 11, OnNoData.SUSPEND_IO),
                        new TargetSettings(true, true),
                        SharedOptions.of(Map.of("a", "1")));

        ReplicaConfig adjusted = running.adjustedTo(wanted);

        assertThat(adjusted)
                .usingRecursiveComparison()
                .ignoringFields(
                        "pingTimeoutNs",
                        "requestTimeoutNs",
                        "policies",
                        "tuning",
                        "diskPolicy",
                        "checks",
                        "fencing",
                        "target",
                        "shared")
                .isEqualTo(running);
        assertThat(adjusted.policies())
                .isEqualTo(wanted.policies())
                .isNotEqualTo(running.policies());
        assertThat(adjusted.tuning().coolAfterNs()).isEqualTo(5);
        assertThat(adjusted.tuning().activityLogExtents()).isEqualTo(tuning.activityLogExtents());
        assertThat(adjusted.shared()).isEqualTo(wanted.shared());
        assertThat(adjusted.diskPolicy()).isEqualTo(wanted.diskPolicy());
        assertThat(adjusted.checks()).isEqualTo(wanted.checks());
        assertThat(adjusted.pingTimeoutNs()).isEqualTo(7);
        assertThat(adjusted.requestTimeoutNs()).isEqualTo(8);
        assertThat(adjusted.tuning().pace()).isEqualTo(wanted.tuning().pace());
        assertThat(adjusted.fencing().onNoData()).isEqualTo(OnNoData.SUSPEND_IO);
        assertThat(adjusted.target()).isEqualTo(new TargetSettings(true, false));
        assertThat(adjusted.fencing().policy()).isEqualTo(running.fencing().policy());
    }
}
