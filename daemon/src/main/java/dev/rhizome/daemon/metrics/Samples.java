package dev.rhizome.daemon.metrics;

import dev.rhizome.replicator.Latencies;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot.StateSetDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What one scrape has found, and how it is written. */
final class Samples {
    /** What the text is called in HTTP. */
    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private static final double SECOND_NS = 1e9;

    private final Map<Metric, List<DataPointSnapshot>> found = new EnumMap<>(Metric.class);

    /** A number; label values in the order of the metric's labels. */
    void add(Metric metric, double value, String... labels) {
        Labels all = labels(metric, labels);
        put(
                metric,
                switch (metric.type()) {
                    case GAUGE -> new GaugeDataPointSnapshot(value, all, null);
                    case COUNTER -> new CounterDataPointSnapshot(value, all, null, 0);
                    case UNTYPED -> new UnknownDataPointSnapshot(value, all, null);
                    case INFO -> new InfoDataPointSnapshot(all);
                    case STATES, HISTOGRAM ->
                            throw new IllegalArgumentException(metric + " is no number");
                });
    }

    /** Beyond 2^53 it is not exact. */
    void add(Metric metric, long value, String... labels) {
        add(metric, (double) value, labels);
    }

    void add(Metric metric, boolean is, String... labels) {
        add(metric, is ? 1.0 : 0.0, labels);
    }

    /** Which of its states something is in. */
    <S extends Enum<S>> void add(
            Metric metric, S state, S[] states, Function<S, String> label, String... labels) {
        StateSetDataPointSnapshot.Builder point = StateSetDataPointSnapshot.builder();
        for (S each : states) {
            point.state(label.apply(each), each == state);
        }
        put(metric, point.labels(labels(metric, labels)).build());
    }

    void add(Metric metric, Latencies latencies, String... labels) {
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        List<Long> upToNs = Latencies.upToNs();
        for (int at = 0; at < upToNs.size(); at++) {
            buckets.bucket(upToNs.get(at) / SECOND_NS, latencies.counts().get(at));
        }
        buckets.bucket(Double.POSITIVE_INFINITY, latencies.counts().get(upToNs.size()));
        put(
                metric,
                HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(buckets.build())
                        .sum(latencies.sumNs() / SECOND_NS)
                        .labels(labels(metric, labels))
                        .build());
    }

    private void put(Metric metric, DataPointSnapshot point) {
        found.computeIfAbsent(metric, key -> new ArrayList<>()).add(point);
    }

    private static Labels labels(Metric metric, String... values) {
        return Labels.of(metric.labels().toArray(String[]::new), values);
    }

    /** All, in Prometheus's text format. */
    String text() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        found.forEach((metric, points) -> all.metricSnapshot(snapshot(metric, points)));
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            PrometheusTextFormatWriter.create().write(text, all.build());
        } catch (IOException e) {
            throw new UncheckedIOException("in memory", e);
        }
        return text.toString(StandardCharsets.UTF_8);
    }

    private static MetricSnapshot snapshot(Metric metric, List<DataPointSnapshot> points) {
        MetricMetadata data = new MetricMetadata(metric.base(), metric.help());
        return switch (metric.type()) {
            case GAUGE -> new GaugeSnapshot(data, of(points, GaugeDataPointSnapshot.class));
            case COUNTER -> new CounterSnapshot(data, of(points, CounterDataPointSnapshot.class));
            case UNTYPED -> new UnknownSnapshot(data, of(points, UnknownDataPointSnapshot.class));
            case INFO -> new InfoSnapshot(data, of(points, InfoDataPointSnapshot.class));
            case STATES -> new StateSetSnapshot(data, of(points, StateSetDataPointSnapshot.class));
            case HISTOGRAM ->
                    new HistogramSnapshot(data, of(points, HistogramDataPointSnapshot.class));
        };
    }

    private static <P> List<P> of(List<DataPointSnapshot> points, Class<P> type) {
        return points.stream().map(type::cast).toList();
    }
}
