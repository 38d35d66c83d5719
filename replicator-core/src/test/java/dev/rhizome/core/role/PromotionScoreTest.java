package dev.rhizome.core.role;

import static dev.rhizome.core.role.NodeStates.connected;
import static dev.rhizome.core.role.NodeStates.state;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromotionScoreTest {

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
        assertThat(PromotionScore.of(state(disk))).isEqualTo(score);
        assertThat(PromotionScore.mayPromote(state(disk))).isEqualTo(may);
    }

    @Test
    void noPrimaryIsPromotedAndNobodyBesideOne() {
        NodeState primary = state(DiskState.UP_TO_DATE);
        primary.role(Role.PRIMARY, "test", "");
        assertThat(PromotionScore.mayPromote(primary)).isFalse();
        NodeState beside = connected(DiskState.UP_TO_DATE, DiskState.UP_TO_DATE);
        beside.peerRole(Role.PRIMARY, "test", "");
        assertThat(PromotionScore.mayPromote(beside)).isFalse();
        assertThat(PromotionScore.of(beside)).isEqualTo(10_102);
    }
}
