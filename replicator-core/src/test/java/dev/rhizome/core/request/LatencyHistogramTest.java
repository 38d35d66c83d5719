package dev.rhizome.core.request;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatencyHistogramTest {
    private static final int STEPS = LatencyHistogram.upToNs().length;

    @Test
    void aStepsUpperEndBelongsToIt() {
        long[] upToNs = LatencyHistogram.upToNs();
        for (int step = 0; step < STEPS; step++) {
            LatencyHistogram histogram = new LatencyHistogram();
            histogram.add(upToNs[step]);
            histogram.add(upToNs[step] + 1);
            assertThat(histogram.counts()[step]).isEqualTo(1);
            assertThat(histogram.counts()[step + 1]).isEqualTo(1);
            assertThat(histogram.sumNs()).isEqualTo(2 * upToNs[step] + 1);
        }
        assertThat(upToNs).isSorted();
    }

    @Test
    void whatTakesNoTimeIsInTheFirst() {
        LatencyHistogram histogram = new LatencyHistogram();
        histogram.add(0);
        assertThat(histogram.counts()).hasSize(STEPS + 1).startsWith(1);
    }
}
