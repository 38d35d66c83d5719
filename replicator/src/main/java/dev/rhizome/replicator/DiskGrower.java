package dev.rhizome.replicator;

import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.resize.DiskGrowth;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Takes the steps of the disk towards a larger volume, on a thread that may wait: looks how large
 * the devices are by now, zeroes what is new, and moves internal metadata to the end.
 */
final class DiskGrower {
    private static final long END_PATIENCE_SECONDS = 30;

    private final MetadataPlace place;
    private final ExecutorService worker;

    // The worker's.
    private MetadataLayout current;
    private MetadataLayout target;

    /**
     * @param attached where the metadata was found
     */
    DiskGrower(MetadataPlace place, MetadataLayout attached) {
        this.place = place;
        current = attached;
        target = attached;
        worker =
                Executors.newSingleThreadExecutor(
                        task -> {
                            Thread thread = new Thread(task, "growth-" + place.resource());
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /** Another disk was attached, or the same one again. */
    void attached(MetadataLayout layout) {
        worker.execute(
                () -> {
                    current = layout;
                    target = layout;
                });
    }

    /** Takes one step; completes on the worker. */
    CompletableFuture<DiskGrowth> take(
            DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {
        try {
            return CompletableFuture.supplyAsync(
                    () -> taken(step, volumeBytes, newBytes, zero), worker);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.completedFuture(
                    DiskGrowth.failed("the volume is being closed"));
        }
    }

    private DiskGrowth taken(DiskGrowth.Step step, long volumeBytes, long newBytes, boolean zero) {
        try {
            return switch (step) {
                case SURVEY -> new DiskGrowth(survey(), null, "", false);
                case PREPARE -> {
                    requireMemory(newBytes);
                    if (zero) {
                        zero(volumeBytes, newBytes);
                    }
                    yield new DiskGrowth(0, null, "", false);
                }
                case MOVE -> new DiskGrowth(0, moved(volumeBytes, newBytes), "", false);
            };
        } catch (MetadataMover.Torn e) {
            return new DiskGrowth(0, null, place.disk() + ": " + e.getMessage(), true);
        } catch (IOException | IllegalArgumentException e) {
            return DiskGrowth.failed(place.disk() + ": " + e.getMessage());
        }
    }

    /** The bitmap is held in memory: better not to grow than to run out of it. */
    private static void requireMemory(long volumeBytes) throws IOException {
        String problem = VolumeFactory.memoryProblem(volumeBytes);
        if (!problem.isEmpty()) {
            throw new IOException(problem);
        }
    }

    private long survey() throws IOException {
        try (OpenBytes data = OpenBytes.open(place.disk())) {
            if (place.external()) {
                return MetadataLocator.capacity(current, data.sizeBytes());
            }
            MetadataLayout here = MetadataLayout.internal(data.sizeBytes());
            boolean same = here.startBytes() == current.startBytes();
            target = here;
            return same ? current.startBytes() : MetadataLocator.capacity(current, here);
        }
    }

    /** What is new, without the metadata that is still in it: that is zeroed when it has moved. */
    private void zero(long volumeBytes, long newBytes) throws IOException {
        try (OpenBytes data = OpenBytes.open(place.disk())) {
            if (place.external()) {
                data.zero(volumeBytes, newBytes - volumeBytes);
            } else {
                long start = current.startBytes();
                long end = start + current.metadataBytes();
                data.zero(volumeBytes, Math.max(0, Math.min(start, newBytes) - volumeBytes));
                data.zero(end, Math.max(0, newBytes - end));
            }
            data.sync();
        }
    }

    private MetadataLayout moved(long volumeBytes, long newBytes) throws IOException {
        if (!place.external() && newBytes > current.startBytes()) {
            try (OpenBytes data = OpenBytes.open(place.disk())) {
                MetadataLayout to = target.withVolumeBytes(volumeBytes);
                new MetadataMover(data, place.resource()).move(current, to);
                current = to;
            }
        }
        return current.withVolumeBytes(volumeBytes);
    }

    /** Ends it, and waits for a step that is under way. Not on the event loop. */
    void close() {
        worker.shutdown();
        try {
            var unused = worker.awaitTermination(END_PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
