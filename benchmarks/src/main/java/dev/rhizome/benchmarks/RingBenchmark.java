package dev.rhizome.benchmarks;

import dev.rhizome.core.Limits;
import dev.rhizome.uring.AlignedBuffer;
import dev.rhizome.uring.Disk;
import dev.rhizome.uring.DiskOptions;
import dev.rhizome.uring.DiskQueue;
import dev.rhizome.uring.DiskQueueOptions;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What the disk queue costs: a batch of 4 KiB operations queued, submitted with one call, and
 * reaped, on a file in memory (/dev/shm) where there is such a place. The time is of the whole
 * batch.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@SuppressWarnings("NullAway.Init") // Made by open.
public class RingBenchmark {
    private static final int LARGEST_BATCH = 32;
    private static final Path MEMORY = Path.of("/dev/shm");

    /** Operations in one submission. */
    @Param({"1", "32"})
    int batch;

    private final AlignedBuffer memory = AlignedBuffer.allocate(LARGEST_BATCH * Limits.BLOCK_BYTES);
    private Path file;
    private Disk disk;
    private DiskQueue queue;

    /**
     * Makes the file and the queue.
     *
     * @throws IOException if one of them cannot be had
     */
    @Setup
    public void open() throws IOException {
        file =
                Files.isWritable(MEMORY)
                        ? Files.createTempFile(MEMORY, "rhizome-ring", ".disk")
                        : Files.createTempFile("rhizome-ring", ".disk");
        file.toFile().deleteOnExit();
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.write(new byte[LARGEST_BATCH * Limits.BLOCK_BYTES]);
        }
        disk = Disk.open(file, DiskOptions.DEFAULT);
        queue = DiskQueue.open(new DiskQueueOptions(LARGEST_BATCH, true));
        if (!queue.description().equals("io_uring")) {
            throw new IOException("there is no ring to measure: " + queue.description());
        }
    }

    /**
     * Removes them.
     *
     * @throws IOException if the file cannot be deleted
     */
    @TearDown
    public void close() throws IOException {
        queue.close();
        disk.close();
        Files.delete(file);
    }

    /** Reads. */
    @Benchmark
    public void read() {
        for (int i = 0; i < batch; i++) {
            int at = i * Limits.BLOCK_BYTES;
            queue.read(disk, i, memory, at, Limits.BLOCK_BYTES, at);
        }
        finish();
    }

    /** Writes. */
    @Benchmark
    public void write() {
        for (int i = 0; i < batch; i++) {
            int at = i * Limits.BLOCK_BYTES;
            queue.write(disk, i, memory, at, Limits.BLOCK_BYTES, at, false);
        }
        finish();
    }

    private void finish() {
        queue.submit();
        while (queue.inFlight() > 0) {
            if (queue.reap(RingBenchmark::check) == 0) {
                Thread.onSpinWait();
            }
        }
    }

    private static void check(long token, int result) {
        if (result != Limits.BLOCK_BYTES) {
            throw new IllegalStateException("operation " + token + " ended with " + result);
        }
    }
}
