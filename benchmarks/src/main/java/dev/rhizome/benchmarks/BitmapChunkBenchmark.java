package dev.rhizome.benchmarks;

import dev.rhizome.core.Limits;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapChunkCodec;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** One body of a bitmap on its way to the peer, as full as a control frame may be. */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BitmapChunkBenchmark {
    private static final long BLOCKS = (16L << 30) / Limits.BLOCK_BYTES;

    /**
     * One block in so many differs, at random places: of the two, one makes words of bits, one run
     * lengths.
     */
    @Param({"2", "1000"})
    int oneIn;

    private final Bitmap bitmap = new Bitmap(BLOCKS);
    private final Bitmap peers = new Bitmap(BLOCKS);
    private final ByteBuffer body = ByteBuffer.allocateDirect(Limits.MAX_CONTROL_BODY_BYTES);

    /** Marks the blocks, and fills the body. */
    @Setup
    public void mark() {
        SplittableRandom random = new SplittableRandom(1);
        for (long i = 0; i < BLOCKS / oneIn; i++) {
            bitmap.set(random.nextLong(BLOCKS), 1);
        }
        encode();
    }

    /** Writes a body. */
    @Benchmark
    public ByteBuffer encode() {
        return BitmapChunkCodec.encode(bitmap, 0, body, Limits.MAX_CONTROL_BODY_BYTES);
    }

    /** Adds a body to a bitmap that has got it before. */
    @Benchmark
    public long decode() {
        return BitmapChunkCodec.addTo(peers, body, 0);
    }
}
