package dev.rhizome.benchmarks;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * LZ4 by the same compressor and decompressor as the link's, between direct buffers in native
 * order, of data that shrinks to about half.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CompressionBenchmark {
    private static final int LARGEST_BYTES = 128 * 1024;
    private static final int RUN_BYTES = 64;

    /** How much is compressed. */
    @Param({"4096", "131072"})
    int sizeBytes;

    private final LZ4Compressor compressor = LZ4Factory.fastestInstance().fastCompressor();
    private final LZ4SafeDecompressor decompressor = LZ4Factory.safeInstance().safeDecompressor();
    private final ByteBuffer data = direct(LARGEST_BYTES);
    private final ByteBuffer block = direct(compressor.maxCompressedLength(LARGEST_BYTES));
    private final ByteBuffer back = direct(LARGEST_BYTES);
    private int blockBytes;

    private static ByteBuffer direct(int sizeBytes) {
        return ByteBuffer.allocateDirect(sizeBytes).order(ByteOrder.nativeOrder());
    }

    /** Random bytes and zeroes by turns. */
    @Setup
    public void fill() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < LARGEST_BYTES; i++) {
            data.put(i, i / RUN_BYTES % 2 == 0 ? (byte) random.nextInt() : 0);
        }
        blockBytes = compress();
        if (decompress() != sizeBytes
                || !back.slice(0, sizeBytes).equals(data.slice(0, sizeBytes))) {
            throw new IllegalStateException("what was compressed comes back otherwise");
        }
    }

    /** Compresses. */
    @Benchmark
    public int compress() {
        return compressor.compress(data, 0, sizeBytes, block, 0, block.capacity());
    }

    /** Takes it apart again, by code that the JVM checks. */
    @Benchmark
    public int decompress() {
        return decompressor.decompress(block, 0, blockBytes, back, 0, sizeBytes);
    }
}
