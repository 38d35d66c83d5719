package dev.rhizome.benchmarks;

import dev.rhizome.core.wire.FrameHeader;
import dev.rhizome.core.wire.FrameType;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What one frame header costs on its way out and in. */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FrameHeaderBenchmark {
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(FrameHeader.BYTES);
    private final FrameHeader out = new FrameHeader();
    private final FrameHeader in = new FrameHeader();
    private long id;

    /** Writes a header. */
    @Benchmark
    public ByteBuffer encode() {
        out.set(FrameType.WRITE, 0, 4096, id++, id << 12 & 0xFFFFFFF, 4096, 0);
        bytes.clear();
        out.encode(bytes);
        return bytes;
    }

    /** Writes a header and reads it back with all its checks. */
    @Benchmark
    public @Nullable String encodeAndDecode() {
        encode();
        bytes.flip();
        return in.decode(bytes);
    }
}
