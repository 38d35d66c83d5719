package dev.rhizome.benchmarks;

import dev.rhizome.core.Limits;
import dev.rhizome.core.request.RangeLock;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs a write to take its range and to give it back. */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RangeLockBenchmark {
    private static final int DEPTH = 32;

    private final RangeLock lock = new RangeLock(DEPTH);
    private final RangeLock busy = new RangeLock(DEPTH);
    private int oldest;

    /** Of the busy lock every holder but the last has a range. */
    @Setup
    public void hold() {
        for (int holder = 0; holder < DEPTH - 1; holder++) {
            take(busy, holder);
        }
        oldest = 0;
    }

    private static void take(RangeLock lock, int holder) {
        granted(lock.lock(holder, (long) holder * Limits.BLOCK_BYTES, Limits.BLOCK_BYTES));
    }

    private static void granted(boolean granted) {
        if (!granted) {
            throw new IllegalStateException("the range was not granted");
        }
    }

    /** Nobody else is there. */
    @Benchmark
    public void free() {
        take(lock, 0);
        lock.unlock(0);
    }

    /** Two want the same range: the second waits until the first has gone. */
    @Benchmark
    public void contended() {
        take(lock, 0);
        if (lock.lock(1, 0, Limits.BLOCK_BYTES)) {
            throw new IllegalStateException("two have the same range");
        }
        lock.unlock(0);
        granted(lock.nextGranted() == 1);
        lock.unlock(1);
    }

    /** 31 others hold ranges; the oldest of all goes. */
    @Benchmark
    public void atDepth32() {
        take(busy, (oldest + DEPTH - 1) % DEPTH);
        busy.unlock(oldest);
        oldest = (oldest + 1) % DEPTH;
    }
}
