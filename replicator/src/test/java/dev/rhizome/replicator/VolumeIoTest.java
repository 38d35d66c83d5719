package dev.rhizome.replicator;

import static dev.rhizome.replicator.Pair.accepted;
import static dev.rhizome.replicator.Pair.get;
import static dev.rhizome.replicator.Pair.pattern;
import static dev.rhizome.replicator.Pair.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rhizome.core.request.IoStatus;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients' requests through the public API, on a connected pair. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class VolumeIoTest {
    private static final int MIB = 1 << 20;

    private static Pair pair;
    private static ReplicatedVolume alpha;
    private static ReplicatedVolume beta;
    private static int volumeBytes;

    @BeforeAll
    static void open(@TempDir Path folder) throws Exception {
        pair = Pair.created(folder);
        alpha = pair.open("alpha");
        beta = pair.open("beta");
        accepted(alpha.promote(true));
        Pair.awaitInStep(alpha, beta);
        volumeBytes = Math.toIntExact(alpha.status().sizeBytes());
    }

    @AfterAll
    static void close() {
        pair.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 3 * 4096, MIB, MIB + 4096, 5 * MIB - 4096})
    void whatIsWrittenIsReadAndIsOnBothDisks(int bytes) throws Exception {
        ByteBuffer data = pattern(bytes, bytes);

        get(alpha.write(8192, data.duplicate(), false));

        assertThat(read(alpha, 8192, bytes)).isEqualTo(data);
        assertThat(pair.onDisk("alpha", 8192, bytes)).isEqualTo(data);
        assertThat(pair.onDisk("beta", 8192, bytes)).isEqualTo(data);
    }

    @Test
    void trimmedAndZeroedRangesReadAsZeroesOnBothNodes() throws Exception {
        get(alpha.write(0, pattern(1, 3 * MIB), true));

        get(alpha.trim(4096, MIB));
        get(alpha.zero(2 * MIB, MIB - 4096));
        get(alpha.flush());

        assertThat(read(alpha, 4096, MIB)).isEqualTo(ByteBuffer.allocate(MIB));
        assertThat(read(alpha, 2 * MIB, MIB - 4096)).isEqualTo(ByteBuffer.allocate(MIB - 4096));
        assertThat(read(alpha, 0, 4096)).isEqualTo(pattern(1, 3 * MIB).limit(4096));
        pair.assertIdentical(volumeBytes);
    }

    @Test
    void theWholeVolumeCanBeZeroedAndTrimmed() throws Exception {
        get(alpha.write(0, pattern(2, MIB), false));
        get(alpha.zero(0, volumeBytes));
        assertThat(read(alpha, 0, volumeBytes)).isEqualTo(ByteBuffer.allocate(volumeBytes));
        get(alpha.trim(0, volumeBytes));
        pair.assertIdentical(volumeBytes);
    }

    @Test
    void aFlushIsCounted() throws Exception {
        long before = alpha.status().counters().flushes();
        get(alpha.flush());
        assertThat(alpha.status().counters().flushes()).isEqualTo(before + 1);
    }

    @Test
    void rangesThatTheVolumeDoesNotHaveAreInvalid() throws Exception {
        long[][] ranges = {
            {1, 4096},
            {0, 100},
            {-4096, 4096},
            {volumeBytes, 4096},
            {volumeBytes - 4096, 8192},
            {Long.MAX_VALUE - 4095, 4096},
            {Long.MAX_VALUE & -4096L, 3 * MIB},
            {Long.MIN_VALUE, 4096},
            {0, 0}
        };
        for (long[] range : ranges) {
            String what = range[0] + " " + range[1];
            int bytes = (int) range[1];
            assertStatus(what, alpha.read(range[0], ByteBuffer.allocate(bytes)), IoStatus.INVALID);
            assertStatus(what, alpha.write(range[0], pattern(1, bytes), false), IoStatus.INVALID);
            assertStatus(what, alpha.trim(range[0], range[1]), IoStatus.INVALID);
            assertStatus(what, alpha.zero(range[0], range[1]), IoStatus.INVALID);
        }
        assertStatus("huge", alpha.zero(0, Long.MAX_VALUE & -4096L), IoStatus.INVALID);
        assertStatus("negative", alpha.trim(4096, -4096), IoStatus.INVALID);
    }

    @Test
    void aWriteThatEndsPastTheEndChangesNothing() throws Exception {
        int tail = 2 * MIB;
        get(alpha.zero(volumeBytes - tail, tail));

        assertStatus(
                "past the end",
                alpha.write(volumeBytes - tail, pattern(3, tail + 4096), false),
                IoStatus.INVALID);

        assertThat(read(alpha, volumeBytes - tail, tail)).isEqualTo(ByteBuffer.allocate(tail));
    }

    @Test
    void aSecondaryServesNobody() throws Exception {
        assertStatus("read", beta.read(0, ByteBuffer.allocate(4096)), IoStatus.NOT_PRIMARY);
        assertStatus("write", beta.write(0, pattern(1, 4096), false), IoStatus.NOT_PRIMARY);
        assertStatus("flush", beta.flush(), IoStatus.NOT_PRIMARY);
        assertStatus("trim", beta.trim(0, 4096), IoStatus.NOT_PRIMARY);
        assertStatus("zero", beta.zero(0, 4096), IoStatus.NOT_PRIMARY);
    }

    @Test
    void buffersMayBeReadOnlySourcesAndSlicesAndDirect() throws Exception {
        ByteBuffer data = pattern(4, 2 * MIB + 8192);
        ByteBuffer source = data.asReadOnlyBuffer().position(4096).limit(2 * MIB + 4096);
        get(alpha.write(0, source, false));
        assertThat(source.hasRemaining()).isFalse();

        ByteBuffer target = ByteBuffer.allocateDirect(3 * MIB).position(4096).slice();
        target.position(512).limit(512 + 2 * MIB);
        get(alpha.read(0, target));

        assertThat(target.position()).isEqualTo(512 + 2 * MIB);
        assertThat(target.position(512)).isEqualTo(data.position(4096).limit(2 * MIB + 4096));
        assertThatThrownBy(() -> alpha.read(0, data.asReadOnlyBuffer()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("read-only");
    }

    @Test
    void whoMeddlesWithTheTargetsPositionsDoesNoHarm() throws Exception {
        ByteBuffer data = pattern(5, 3 * MIB);
        get(alpha.write(0, data.duplicate(), false));
        ByteBuffer target = ByteBuffer.allocate(3 * MIB);

        CompletableFuture<Void> done = alpha.read(0, target);
        target.position(0).limit(10);
        get(done);

        assertThat(target.clear()).isEqualTo(data);
    }

    @Test
    void manyCallsShareTheMemoryInTurn() throws Exception {
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            // All of one thread, each over the one before: the last counts.
            writes.add(alpha.write(0, pattern(i, 4 * MIB), false));
        }
        ByteBuffer seen = ByteBuffer.allocate(4 * MIB);
        for (CompletableFuture<Void> write : writes) {
            get(write);
        }
        get(alpha.read(0, seen));
        assertThat(seen.flip()).isEqualTo(pattern(11, 4 * MIB));
        assertThat(alpha.status().counters().inFlight()).isZero();
        pair.assertIdentical(volumeBytes);
    }

    @Test
    void moreSmallCallsThanTheEngineTakesAtOnceWaitInLine() throws Exception {
        int calls = 6000;
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            long offset = i % 64 * 4096L;
            all.add(i % 3 == 0 ? alpha.flush() : alpha.zero(offset, 4096));
        }
        get(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)));
    }

    @Test
    void tooManyCallsAreRefusedAndNotKept() throws Exception {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        CompletableFuture<Void> blocking = new CompletableFuture<>();
        ((LocalVolume) alpha).loop().execute(blocking::join);
        for (int i = 0; i < ClientCalls.MAX_CALLS + 10; i++) {
            all.add(alpha.flush());
        }
        assertStatus("one too many", all.get(all.size() - 1), IoStatus.BUSY);
        blocking.complete(null);
        for (CompletableFuture<Void> call : all.subList(0, ClientCalls.MAX_CALLS)) {
            get(call);
        }
        get(alpha.flush());
    }

    @Test
    void anAbandonedFutureLeavesNothingBehind() throws Exception {
        for (int i = 0; i < 100; i++) {
            alpha.write(0, pattern(i, 2 * MIB), false).cancel(true);
            alpha.read(0, ByteBuffer.allocate(2 * MIB)).cancel(true);
        }
        get(alpha.write(0, pattern(7, 4 * MIB), false));
        assertThat(read(alpha, 0, 4 * MIB)).isEqualTo(pattern(7, 4 * MIB));
        get(alpha.flush());
        pair.assertIdentical(volumeBytes);
    }

    private static void assertStatus(String what, CompletableFuture<Void> future, IoStatus status) {
        assertThatThrownBy(() -> get(future))
                .as(what)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        VolumeIoException.class,
                        e -> {
                            assertThat(e.status()).as(what).isEqualTo(status);
                            assertThat(e).hasMessage(status.meaning());
                        });
    }
}
