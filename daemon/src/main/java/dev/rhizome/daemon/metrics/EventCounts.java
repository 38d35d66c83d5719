package dev.rhizome.daemon.metrics;

import dev.rhizome.daemon.resource.ResourceListener;
import dev.rhizome.daemon.resource.ResourceStatus;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts decisions by their rules. */
final class EventCounts implements ResourceListener {
    /** Rules are few and fixed; a fault must not make them many. */
    private static final int MOST = 2000;

    private record Key(String resource, String rule) {}

    private final Map<Key, LongAdder> counts = new ConcurrentHashMap<>();

    @Override
    public void onEvent(String rule, String reason, ResourceStatus status) {
        Key key = new Key(status.name(), rule);
        LongAdder count = counts.get(key);
        if (count == null && counts.size() < MOST) {
            count = counts.computeIfAbsent(key, fresh -> new LongAdder());
        }
        if (count != null) {
            count.increment();
        }
    }

    void add(Samples to) {
        counts.forEach((key, count) -> to.add(Metric.EVENTS, count.sum(), key.resource, key.rule));
    }
}
