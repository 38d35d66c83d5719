package dev.rhizome.core.role;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rhizome.core.QuietEffects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromotionScoreTest {

    private static NodeState alone(DiskState disk) {
        NodeState state = new NodeState(new QuietEffects());
        if (disk == DiskState.DISKLESS) {
            state.disk(DiskState.FAILED, "test", "");
        }
        state.disk(disk, "test", "");
        return state;
    }

    private static NodeState connected(DiskState disk, DiskState peerDisk) {
        NodeState state = alone(disk);
        state.connection(ConnectionState.NEGOTIATING, "test", "");
        state.connection(ConnectionState.CONNECTED, "test", "");
        state.peerRole(Role.SECONDARY, "test", "");
        state.peerDisk(peerDisk, "test", "");
        state.replication(ReplicationState.ESTABLISHED, "test", "");
        return state;
    }

    @ParameterizedTest
    @CsvSource({
        "UP_TO_DATE, UP_TO_DATE, 10102, true",
        "UP_TO_DATE, INCONSISTENT, 10101, true",
        "DISKLESS, UP_TO_DATE, 1, true",
        "OUTDATED, UP_TO_DATE, 1, false",
        "CONSISTENT, CONSISTENT, 0, false",
        "INCONSISTENT, DISKLESS, 0, false"
    })
    void besideAPeer(DiskState disk, DiskState peerDisk, int score, boolean may) {
        NodeState state = connected(disk, peerDisk);
        assertThat(PromotionScore.of(state)).isEqualTo(score);
        assertThat(PromotionScore.mayPromote(state)).isEqualTo(may);
    }

    @ParameterizedTest
    @CsvSource({"UP_TO_DATE, 10101, true", "CONSISTENT, 0, false", "OUTDATED, 0, false"})
    void alone(DiskState disk, int score, boolean may) {
        assertThat(PromotionScore.of(alone(disk))).isEqualTo(score);
        assertThat(PromotionScore.mayPromote(alone(disk))).isEqualTo(may);
    }

    @Test
    void noPrimaryIsPromotedAndNobodyBesideOne() {
        NodeState primary = alone(DiskState.UP_TO_DATE);
        primary.role(Role.PRIMARY, "test", "");
        assertThat(PromotionScore.mayPromote(primary)).isFalse();
        NodeState beside = connected(DiskState.UP_TO_DATE, DiskState.UP_TO_DATE);
        beside.peerRole(Role.PRIMARY, "test", "");
        assertThat(PromotionScore.mayPromote(beside)).isFalse();
        assertThat(PromotionScore.of(beside)).isEqualTo(10_102);
    }
}
