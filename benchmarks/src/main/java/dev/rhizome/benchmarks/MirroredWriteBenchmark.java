package dev.rhizome.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What the engine itself costs per mirrored 4 KiB write, both roles together, with frames encoded
 * and decoded but without any I/O: the share of a write's time that is ours alone.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class MirroredWriteBenchmark {
    private static final int WRITES = 256;

    /** Writes in flight at once. */
    @Param({"1", "32"})
    int depth;

    private final EnginePair pair = new EnginePair();

    /** Brings the pair to Primary and Secondary, both UpToDate. */
    @Setup
    public void connect() {
        pair.connect();
    }

    /** Writes, with the acknowledgement of both legs. */
    @Benchmark
    @OperationsPerInvocation(WRITES)
    public long write() {
        return pair.write(WRITES, depth);
    }
}
