package dev.rhizome.simulator;

import static org.assertj.core.api.Assertions.assertThatCode;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Seeds that fail on the engine as it was before a fix, with the bug that they find. */
class FoundBySeedTest {

    @ParameterizedTest(name = "seed {0}: {1}")
    @CsvSource({
        "14, a SyncTarget did not learn that its source is UpToDate",
        "39, a flush alone forgot what the peer held unflushed before this node's start",
        "63, a diskless Primary relied on a peer with half the data",
        "78, a source that died after SYNC_FINISH called its data UpToDate",
        "131, a second shutdown ran after the first",
        "540, a disk that had failed came back as UpToDate",
        "582, a flush alone forgot what the peer held unflushed before a promotion",
        "703, SYNC_START to a peer without a disk",
        "854, eight restarts alone made the peer's data unrelated",
        "2641, a diskless Primary took old data from a peer left behind",
        "1851, a connect during a shutdown kept it from ending",
        "6741, a link that came up during a shutdown marked the disk again",
        "309175, a node without a disk was promoted over a peer with older data"
    })
    void staysFixed(long seed, String bug) {
        assertThatCode(() -> new Simulation(seed, Sabotage.NONE, false).run())
                .as(bug)
                .doesNotThrowAnyException();
    }
}
