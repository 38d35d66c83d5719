package dev.rhizome.benchmarks;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Tuning;
import dev.rhizome.core.activitylog.ActivityLogCodec;
import dev.rhizome.core.activitylog.ActivityLogContents;
import dev.rhizome.core.activitylog.ActivityLogImage;
import dev.rhizome.core.bitmap.BitmapPageCodec;
import dev.rhizome.core.generation.Generations;
import dev.rhizome.core.metadata.MetadataLayout;
import dev.rhizome.core.metadata.Superblock;
import dev.rhizome.core.metadata.SuperblockCodec;
import dev.rhizome.core.policy.ConflictPolicies;
import dev.rhizome.core.role.DiskState;
import dev.rhizome.core.role.Role;
import dev.rhizome.core.wire.Hello;
import dev.rhizome.core.wire.HelloCodec;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The bytes on disk and on the wire; {@link ActivityLogBenchmark} draws transactions, {@link
 * BitmapBenchmark} pages, {@link BitmapChunkBenchmark} a bitmap's parts on the wire.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class CodecBenchmark {
    private static final long VOLUME_BYTES = 16L << 30;

    private static final Generations GENERATIONS =
            new Generations(-1, 77, List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L));
    private static final Hello HELLO =
            new Hello(
                    HelloCodec.PROTOCOL_VERSION,
                    HelloCodec.OLDEST_PROTOCOL_VERSION,
                    0,
                    "alpha",
                    "r0",
                    VOLUME_BYTES,
                    Limits.BLOCK_BYTES,
                    Role.PRIMARY,
                    DiskState.UP_TO_DATE,
                    Hello.Flags.NONE,
                    GENERATIONS,
                    0,
                    ConflictPolicies.DISCONNECT);
    private static final Superblock SUPERBLOCK =
            new Superblock(41, "r0", VOLUME_BYTES, 7, GENERATIONS);

    private final ByteBuffer body = ByteBuffer.allocateDirect(Limits.MAX_CONTROL_BODY_BYTES);
    private final ByteBuffer slot = ByteBuffer.allocateDirect(SuperblockCodec.BYTES);
    private final ByteBuffer page = ByteBuffer.allocateDirect(BitmapPageCodec.BYTES);
    private final long[] words = new long[BitmapPageCodec.WORDS];
    private final ByteBuffer ring =
            ByteBuffer.allocateDirect(MetadataLayout.ACTIVITY_LOG_BLOCKS * ActivityLogCodec.BYTES);

    /** What the readers read. */
    @Setup
    public void draw() {
        encodeHello();
        encodeSuperblock();
        BitmapPageCodec.encode(0, words, 0, page);
        ActivityLogImage.encode(
                IntStream.range(0, Tuning.defaults().activityLogExtents()).boxed().toList(),
                Tuning.defaults().extentBlocks(),
                ring);
    }

    /** Writes a hello with a full history. */
    @Benchmark
    public ByteBuffer encodeHello() {
        return HelloCodec.encode(HELLO, body);
    }

    /** Reads it. */
    @Benchmark
    public @Nullable Hello decodeHello() {
        return HelloCodec.decode(body);
    }

    /** Writes a superblock's slot with its checksum. */
    @Benchmark
    public ByteBuffer encodeSuperblock() {
        SuperblockCodec.encode(SUPERBLOCK, slot);
        return slot;
    }

    /** Reads it with all its checks. */
    @Benchmark
    public SuperblockCodec.Decoded decodeSuperblock() {
        return SuperblockCodec.decode(slot);
    }

    /** Reads a page of the bitmap with all its checks. */
    @Benchmark
    public boolean decodeBitmapPage() {
        page.clear();
        return BitmapPageCodec.decode(page, 0, words, 0);
    }

    /** Replays a whole ring of the activity log, with all slots in use, as an attach does. */
    @Benchmark
    public ActivityLogContents replayActivityLog() {
        return ActivityLogContents.read(ring);
    }
}
