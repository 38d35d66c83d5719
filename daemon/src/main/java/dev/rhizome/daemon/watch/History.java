package dev.rhizome.daemon.watch;

import dev.rhizome.replicator.VolumeStatus;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a resource has done in the last minute, a point a second. Points are made when somebody
 * looks, so there is nothing to run while nobody does; after a while without a look it begins anew.
 */
final class History {
    /** So many points are kept. */
    static final int POINTS = 60;

    private static final long STEP_NS = 950_000_000L;
    private static final long FORGET_NS = 5_000_000_000L;

    private final Map<Series, double[]> values = new EnumMap<>(Series.class);
    private int count;
    private @Nullable VolumeStatus last;
    private long lastNs;

    History() {
        for (Series series : Series.values()) {
            values.put(series, new double[POINTS]);
        }
    }

    /** Somebody looks. */
    void look(VolumeStatus status, long nowNs) {
        VolumeStatus before = last;
        if (before == null || nowNs - lastNs > FORGET_NS || restarted(before, status)) {
            count = 0;
        } else if (nowNs - lastNs < STEP_NS) {
            return;
        } else {
            add(before, status, nowNs - lastNs);
        }
        last = status;
        lastNs = nowNs;
    }

    /** Counters begin anew when a resource is brought up. */
    private static boolean restarted(VolumeStatus before, VolumeStatus now) {
        return now.counters().readBytes() < before.counters().readBytes()
                || now.counters().writtenBytes() < before.counters().writtenBytes()
                || now.counters().receivedBytes() < before.counters().receivedBytes()
                || now.resyncedBytes() < before.resyncedBytes();
    }

    private void add(VolumeStatus before, VolumeStatus now, long elapsedNs) {
        boolean full = count == POINTS;
        int at = full ? POINTS - 1 : count++;
        values.forEach(
                (series, points) -> {
                    if (full) {
                        System.arraycopy(points, 1, points, 0, POINTS - 1);
                    }
                    points[at] = series.between(before, now, elapsedNs);
                });
    }

    /** The resource is down. */
    void clear() {
        count = 0;
        last = null;
    }

    /** A series, oldest point first; a point without a value is null. */
    Map<String, Object> tree(Series series) {
        double[] points = values.getOrDefault(series, new double[0]);
        List<@Nullable Object> shown = new ArrayList<>();
        double most = 0;
        double now = Double.NaN;
        for (int at = 0; at < count; at++) {
            double value = points[at];
            boolean known = !Double.isNaN(value);
            shown.add(known ? Math.round(value) : null);
            most = known ? Math.max(most, value) : most;
            now = known ? value : now;
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", series.label());
        tree.put("title", series.title());
        tree.put("unit", series.isTime() ? "ns" : "B/s");
        tree.put("now", Double.isNaN(now) ? "" : series.text(now));
        tree.put("most", count == 0 ? "" : series.text(most));
        tree.put("most-value", Math.round(most));
        tree.put("values", shown);
        return tree;
    }
}
