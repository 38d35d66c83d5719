package dev.rhizome.benchmarks;

import dev.rhizome.core.Limits;
import dev.rhizome.core.Tuning;
import dev.rhizome.core.activitylog.ActivityLog;
import dev.rhizome.core.activitylog.ActivityLogCodec;
import dev.rhizome.core.bitmap.Bitmap;
import dev.rhizome.core.metadata.MetadataLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * What the activity log costs a 4 KiB write in memory, on a volume of 64 GiB with the default
 * number of slots: fewer than the volume has extents, so that a sweep never finds its extent.
 */
@State(Scope.Thread)
@BenchmarkMode({Mode.Throughput, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class ActivityLogBenchmark {
    private static final long VOLUME_BYTES = 64L << 30;
    private static final int EXTENT_BLOCKS = Tuning.defaults().extentBlocks();
    private static final int SLOTS = Tuning.defaults().activityLogExtents();
    private static final long EXTENT_BYTES = (long) EXTENT_BLOCKS * Limits.BLOCK_BYTES;

    private final ActivityLog log =
            new ActivityLog(
                    new Bitmap(VOLUME_BYTES / Limits.BLOCK_BYTES),
                    EXTENT_BLOCKS,
                    SLOTS,
                    MetadataLayout.ACTIVITY_LOG_BLOCKS,
                    0);
    private final ByteBuffer transaction = ByteBuffer.allocateDirect(ActivityLogCodec.BYTES);
    private long hot;
    private long cold;

    /** Fills every slot. */
    @Setup
    public void fill() {
        for (int i = 0; i < SLOTS; i++) {
            miss();
        }
    }

    /** A write to an active extent, not durable: it goes to the unflushed set. */
    @Benchmark
    public void hit() {
        hot = (hot + EXTENT_BYTES + Limits.BLOCK_BYTES) % (SLOTS * EXTENT_BYTES);
        entered(log.enterIfActive(hot, Limits.BLOCK_BYTES));
        log.leave(hot, Limits.BLOCK_BYTES, false);
    }

    /** A durable write to a cold extent: one is given up, and a transaction drawn. */
    @Benchmark
    public int miss() {
        long at = cold;
        cold = (cold + EXTENT_BYTES) % VOLUME_BYTES;
        log.beginRound();
        if (log.enter(at, Limits.BLOCK_BYTES)) {
            throw new IllegalStateException("the extent was active");
        }
        int block = log.beginWrite(transaction);
        log.endWrite();
        log.beginRound();
        entered(log.enter(at, Limits.BLOCK_BYTES));
        log.leave(at, Limits.BLOCK_BYTES, true);
        return block;
    }

    private static void entered(boolean entered) {
        if (!entered) {
            throw new IllegalStateException("the extent is not active");
        }
    }
}
