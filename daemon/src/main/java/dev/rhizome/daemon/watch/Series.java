package dev.rhizome.daemon.watch;

import dev.rhizome.core.role.Role;
import dev.rhizome.replicator.Latencies;
import dev.rhizome.replicator.VolumeLatencies;
import dev.rhizome.replicator.VolumeStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** What is drawn over time: bytes in a second, or how long an operation has taken on average. */
enum Series {
    WRITTEN("written", "Client writes", bytes(status -> status.counters().writtenBytes())),
    READ("read", "Client reads", bytes(status -> status.counters().readBytes())),
    WRITE_TIME("write-time", "Write time", mean(VolumeLatencies::writes)),
    FLUSH_TIME("flush-time", "Flush time", mean(VolumeLatencies::flushes)),
    RECEIVED("received", "Writes of the peer", bytes(status -> status.counters().receivedBytes())),
    DISK_WRITE_TIME("disk-write-time", "Disk write time", mean(VolumeLatencies::diskWrites)),
    DISK_FLUSH_TIME("disk-flush-time", "Disk flush time", mean(VolumeLatencies::diskFlushes)),
    RESYNCED("resynced", "Resync", bytes(VolumeStatus::resyncedBytes));

    private static final double SECOND_NS = 1e9;

    private final String label;
    private final String title;

    @SuppressWarnings("ImmutableEnumChecker") // It only holds other functions without state.
    private final Measure measure;

    /** What came between two looks; NaN if there is nothing to say. */
    @FunctionalInterface
    private interface Measure {
        double between(VolumeStatus before, VolumeStatus now, long elapsedNs);
    }

    Series(String label, String title, Measure measure) {
        this.label = label;
        this.title = title;
        this.measure = measure;
    }

    private static Measure bytes(ToLongFunction<VolumeStatus> done) {
        return (before, now, elapsedNs) ->
                (done.applyAsLong(now) - done.applyAsLong(before)) * SECOND_NS / elapsedNs;
    }

    private static Measure mean(Function<VolumeLatencies, Latencies> times) {
        return (before, now, elapsedNs) ->
                mean(
                        times.apply(before.counters().latencies()),
                        times.apply(now.counters().latencies()));
    }

    private static double mean(Latencies before, Latencies now) {
        long count = count(now) - count(before);
        return count == 0 ? Double.NaN : (double) (now.sumNs() - before.sumNs()) / count;
    }

    private static long count(Latencies latencies) {
        return latencies.counts().stream().mapToLong(Long::longValue).sum();
    }

    /** Its stable name. */
    String label() {
        return label;
    }

    String title() {
        return title;
    }

    /** Whether it is a time, in nanoseconds; else bytes in a second. */
    boolean isTime() {
        return label.endsWith("time");
    }

    String text(double value) {
        return isTime() ? Amount.time(value) : Amount.rate(value);
    }

    double between(VolumeStatus before, VolumeStatus now, long elapsedNs) {
        return measure.between(before, now, elapsedNs);
    }

    /** What matters on a node as it is. */
    static List<Series> shown(VolumeStatus status) {
        List<Series> shown =
                new ArrayList<>(
                        status.role() == Role.PRIMARY
                                ? List.of(WRITTEN, READ, WRITE_TIME, FLUSH_TIME)
                                : List.of(RECEIVED, DISK_WRITE_TIME, DISK_FLUSH_TIME));
        if (status.resync() != null) {
            shown.add(RESYNCED);
        }
        return shown;
    }
}
