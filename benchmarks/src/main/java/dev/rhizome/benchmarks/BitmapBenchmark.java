package dev.rhizome.benchmarks;

import dev.rhizome.core.Limits;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The quick-sync bitmap of a volume of 16 GiB, in memory. */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BitmapBenchmark {
    private static final long BLOCKS = (16L << 30) / Limits.BLOCK_BYTES;

    /** Odd, so that a walk with it comes to every block before it comes to one again. */
    private static final long STRIDE = 1_000_003;

    private final Bitmap bitmap = new Bitmap(BLOCKS);
    private final ByteBuffer page = ByteBuffer.allocateDirect(BitmapPageCodec.BYTES);
    private long block;

    /** Marks one block that is in sync; one call in four million begins the bitmap afresh. */
    @Benchmark
    public void mark() {
        if (bitmap.setCount() == BLOCKS) {
            bitmap.clear(0, BLOCKS);
        }
        block = (block + STRIDE) % BLOCKS;
        bitmap.set(block, 1);
    }

    /** Clears one block that differs; one call in four million begins the bitmap afresh. */
    @Benchmark
    public void clear() {
        if (bitmap.setCount() == 0) {
            bitmap.setAll();
        }
        block = (block + STRIDE) % BLOCKS;
        bitmap.clear(block, 1);
    }

    /** Draws the page with a block that has changed, as it is written to the disk. */
    @Benchmark
    public int writePage() {
        block = (block + STRIDE) % BLOCKS;
        if (bitmap.isSet(block)) {
            bitmap.clear(block, 1);
        } else {
            bitmap.set(block, 1);
        }
        bitmap.require(bitmap.pageOf(block));
        int first = bitmap.beginWrite(page);
        bitmap.endWrite();
        return first;
    }

    /** Finds the next block that differs. */
    @Benchmark
    public long nextSet(Scattered scattered) {
        return scattered.next();
    }

    /** A bitmap with blocks that differ at even distances. */
    @State(Scope.Thread)
    public static class Scattered {
        /** From one to the next; the largest is the whole volume. */
        @Param({"1024", "4194304"})
        int gapBlocks;

        private final Bitmap bitmap = new Bitmap(BLOCKS);
        private long from;

        /** Marks them. */
        @Setup
        public void scatter() {
            for (long at = gapBlocks - 1L; at < BLOCKS; at += gapBlocks) {
                bitmap.set(at, 1);
            }
        }

        long next() {
            long found = bitmap.nextSet(from);
            from = (found + 1) % BLOCKS;
            return found;
        }
    }
}
