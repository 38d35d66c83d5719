package dev.rhizome.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.jr.ob.JSON;
import dev.rhizome.core.handshake.HandshakeRule;
import dev.rhizome.core.handshake.Resolution;
import dev.rhizome.core.handshake.SplitBrain;
import dev.rhizome.core.metadata.Tenure;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SplitBrainStatusTest {
    private static final long NOON_MS = 1_795_953_600_000L;

    private static SplitBrain found(HandshakeRule rule, long from, long mine, long theirs) {
        Tenure here = new Tenure(NOON_MS, 0, NOON_MS + 60_000);
        Tenure there = new Tenure(NOON_MS + 70_000, NOON_MS + 90_000, NOON_MS + 80_000);
        return new SplitBrain(
                rule,
                Resolution.NONE,
                from,
                new SplitBrain.Side("alpha", true, here, List.of("A1", "A0"), mine),
                new SplitBrain.Side("beta", false, there, List.of("A2", "A0"), theirs));
    }

    @Test
    void aPersonSeesWhatEachChoiceCosts() {
        StringBuilder text = new StringBuilder();
        SplitBrain found = found(HandshakeRule.SPLIT_BRAIN_BITMAP, 0xA0, 16, 1);
        SplitBrainStatus.append(text, found, "r0");
        assertThat(text.toString())
                .isEqualTo(
                        """
                          split-brain:both nodes went on alone from generation 00000000000000A0 \
                        (rule split-brain-bitmap)
                            alpha is Primary since 2026-11-29T12:00:00Z, \
                        alone since 2026-11-29T12:01:00Z
                              generations:A1:A0
                            beta was Primary from 2026-11-29T12:01:10Z \
                        until 2026-11-29T12:01:30Z, alone since 2026-11-29T12:01:20Z
                              generations:A2:A0
                            keep alpha's data, lose 1 block (4 KiB) of beta:
                              on beta: rhizome connect --discard-my-data r0
                              on alpha: rhizome connect r0
                            keep beta's data, lose 16 blocks (64 KiB) of alpha:
                              on alpha: rhizome secondary r0
                              on alpha: rhizome connect --discard-my-data r0
                              on beta: rhizome connect r0
                        """);
    }

    @Test
    void whatIsNotKnownIsNotSaid() throws Exception {
        SplitBrain found =
                found(HandshakeRule.UNRELATED_DATA, 0, SplitBrain.UNKNOWN, SplitBrain.UNKNOWN);
        StringBuilder text = new StringBuilder();
        SplitBrainStatus.append(text, found, "r0");
        assertThat(text)
                .contains("no known common past (rule unrelated-data)")
                .contains("lose all that beta has written since they parted (not known by block)");
        String json = JSON.std.asString(SplitBrainStatus.tree(found, "r0"));
        assertThat(json).doesNotContain("lost-blocks", "changed-bytes");
    }

    @Test
    void aProgramSeesTheSame() {
        Map<String, Object> tree =
                SplitBrainStatus.tree(found(HandshakeRule.SPLIT_BRAIN_BITMAP, 0xA0, 16, 1), "r0");
        assertThat(tree).containsEntry("rule", "split-brain-bitmap").containsKey("summary");
        assertThat(tree.get("self"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                .containsEntry("changed-bytes", 65_536L)
                .containsEntry("primary-since", "2026-11-29T12:00:00Z")
                .doesNotContainKey("primary-until");
        assertThat((List<?>) tree.get("choices"))
                .first(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                .containsEntry("keep", "alpha")
                .containsEntry("lost-blocks", 1L)
                .containsEntry("on-winner", "rhizome connect r0");
    }
}
