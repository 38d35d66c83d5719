package dev.rhizome.replicator;

import dev.rhizome.core.request.LatencyHistogram;
import java.util.Arrays;
import java.util.List;

/**
 * How long operations of one kind have taken since the volume was opened.
 *
 * @param counts how many have taken up to each of {@link #upToNs} and not up to the one before;
 *     last, how many took longer than all
 * @param sumNs what all have taken together
 */
public record Latencies(List<Long> counts, long sumNs) {

    static Latencies of(LatencyHistogram histogram) {
        return new Latencies(Arrays.stream(histogram.counts()).boxed().toList(), histogram.sumNs());
    }

    /** The upper ends of the steps, in nanoseconds, each included. */
    public static List<Long> upToNs() {
        return Arrays.stream(LatencyHistogram.upToNs()).boxed().toList();
    }
}
