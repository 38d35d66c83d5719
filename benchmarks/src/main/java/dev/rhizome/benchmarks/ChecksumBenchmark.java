package dev.rhizome.benchmarks;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** CRC-32C as the codecs of the metadata use it: the JDK's, over a buffer. */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ChecksumBenchmark {
    private static final int LARGEST_BYTES = 128 * 1024;

    /** How much is summed. */
    @Param({"4096", "131072"})
    int sizeBytes;

    private final CRC32C crc = new CRC32C();
    private final ByteBuffer heap = ByteBuffer.allocate(LARGEST_BYTES);
    private final ByteBuffer direct = ByteBuffer.allocateDirect(LARGEST_BYTES);

    /** Random bytes. */
    @Setup
    public void fill() {
        new SplittableRandom(1).nextBytes(heap.array());
        direct.put(0, heap.array());
    }

    /** Of memory on the heap. */
    @Benchmark
    public long crc32cOfHeap() {
        return sum(heap);
    }

    /** Of direct memory. */
    @Benchmark
    public long crc32cOfDirect() {
        return sum(direct);
    }

    private long sum(ByteBuffer data) {
        crc.reset();
        crc.update(data.position(0).limit(sizeBytes));
        return crc.getValue();
    }
}
