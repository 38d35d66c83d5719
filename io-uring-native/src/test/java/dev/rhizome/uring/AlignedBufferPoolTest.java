package dev.rhizome.uring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AlignedBufferPoolTest {

    private static final int KIB = 1024;
    private static final int MIB = KIB * KIB;

    @Test
    void roundsUpToPowersOfTwo() {
        AlignedBufferPool pool = new AlignedBufferPool(4 * MIB);

        assertThat(acquire(pool, 1).capacityBytes()).isEqualTo(4 * KIB);
        assertThat(acquire(pool, 4 * KIB).capacityBytes()).isEqualTo(4 * KIB);
        assertThat(acquire(pool, 4 * KIB + 1).capacityBytes()).isEqualTo(8 * KIB);
        assertThat(acquire(pool, 100 * KIB).capacityBytes()).isEqualTo(128 * KIB);
        assertThat(acquire(pool, MIB).capacityBytes()).isEqualTo(MIB);
        assertThat(pool.usedBytes()).isEqualTo((4 + 4 + 8 + 128 + 1024) * KIB);
        assertThatThrownBy(() -> pool.acquire(MIB + 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.acquire(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void buffersAreAlignedAndBigEndianAndApart() {
        AlignedBufferPool pool = new AlignedBufferPool(2 * MIB);
        List<AlignedBuffer> all = new ArrayList<>();
        Set<Long> pages = new HashSet<>();
        for (int size = 4 * KIB; size <= 512 * KIB; size *= 2) {
            AlignedBuffer buffer = acquire(pool, size);
            all.add(buffer);
            assertThat(buffer.address() % AlignedBuffer.ALIGNMENT_BYTES).isZero();
            assertThat(buffer.buffer().isDirect()).isTrue();
            assertThat(buffer.buffer().order()).isEqualTo(ByteOrder.BIG_ENDIAN);
            for (int page = 0; page < size; page += 4 * KIB) {
                assertThat(pages.add(buffer.address() + page)).isTrue();
            }
        }
        for (AlignedBuffer buffer : all) {
            while (buffer.buffer().hasRemaining()) {
                buffer.buffer().put((byte) all.indexOf(buffer));
            }
        }
        for (AlignedBuffer buffer : all) {
            assertThat(buffer.buffer().get(0)).isEqualTo((byte) all.indexOf(buffer));
            assertThat(buffer.buffer().get(buffer.capacityBytes() - 1))
                    .isEqualTo((byte) all.indexOf(buffer));
        }
    }

    @Test
    void theBudgetIsExact() {
        for (int pages : new int[] {1, 2, 7, 255, 256, 257, 700}) {
            AlignedBufferPool pool = new AlignedBufferPool(pages * 4L * KIB);
            List<AlignedBuffer> all = new ArrayList<>();
            for (int page = 0; page < pages; page++) {
                all.add(acquire(pool, 4 * KIB));
            }
            assertThat(pool.acquire(1)).isNull();
            assertThat(pool.usedBytes()).isEqualTo(pool.budgetBytes());

            all.forEach(pool::release);

            assertThat(pool.usedBytes()).isZero();
            assertThat(pool.acquire(1)).isNotNull();
        }
    }

    @Test
    void smallBuffersJoinUpAgain() {
        AlignedBufferPool pool = new AlignedBufferPool(3L * MIB);
        List<AlignedBuffer> small = new ArrayList<>();
        for (int index = 0; index < 3 * 256; index++) {
            small.add(acquire(pool, 4 * KIB));
        }
        Collections.shuffle(small, new Random(1));
        small.forEach(pool::release);

        assertThat(pool.acquire(MIB)).isNotNull();
        assertThat(pool.acquire(MIB)).isNotNull();
        assertThat(pool.acquire(MIB)).isNotNull();
        assertThat(pool.acquire(1)).isNull();
    }

    @Test
    void aLargeBufferFitsBesideSmallOnes() {
        AlignedBufferPool pool = new AlignedBufferPool(2L * MIB);
        for (int index = 0; index < 100; index++) {
            acquire(pool, 4 * KIB);
        }

        assertThat(pool.acquire(MIB)).isNotNull();
    }

    @Test
    void randomUseNeverOverlapsOrLeaks() {
        AlignedBufferPool pool = new AlignedBufferPool(5L * MIB + 44 * KIB);
        Random random = new Random(2);
        List<AlignedBuffer> out = new ArrayList<>();
        Set<Long> pages = new HashSet<>();
        for (int round = 0; round < 20_000; round++) {
            if (random.nextBoolean()) {
                AlignedBuffer buffer = pool.acquire(1 << (10 + random.nextInt(11)));
                if (buffer != null) {
                    out.add(buffer);
                    eachPage(buffer, page -> assertThat(pages.add(page)).isTrue());
                }
            } else if (!out.isEmpty()) {
                AlignedBuffer buffer = out.remove(random.nextInt(out.size()));
                eachPage(buffer, page -> assertThat(pages.remove(page)).isTrue());
                pool.release(buffer);
            }
            assertThat(pool.usedBytes()).isEqualTo(pages.size() * 4L * KIB);
        }
        out.forEach(pool::release);
        for (int index = 0; index < 5; index++) {
            assertThat(pool.acquire(MIB)).isNotNull();
        }
        assertThat(pool.acquire(32 * KIB)).isNotNull();
        assertThat(pool.acquire(8 * KIB)).isNotNull();
        assertThat(pool.acquire(4 * KIB)).isNotNull();
        assertThat(pool.acquire(1)).isNull();
    }

    @Test
    void releasingTwiceOrElsewhereThrows() {
        AlignedBufferPool pool = new AlignedBufferPool(MIB);
        AlignedBuffer buffer = acquire(pool, 1);
        AlignedBufferPool other = new AlignedBufferPool(MIB);
        assertThatThrownBy(() -> other.release(buffer))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pool.release(AlignedBuffer.allocate(1)))
                .isInstanceOf(IllegalArgumentException.class);
        pool.release(buffer);

        assertThatThrownBy(() -> pool.release(buffer))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("twice");
    }

    @Test
    void attachmentsStayAndViewsAreCleared() {
        AlignedBufferPool pool = new AlignedBufferPool(4L * KIB);
        AlignedBuffer buffer = acquire(pool, 1);
        buffer.attach("wrapper");
        buffer.buffer().position(7).limit(9).order(ByteOrder.LITTLE_ENDIAN);
        pool.release(buffer);

        AlignedBuffer again = acquire(pool, 1);

        assertThat(again).isSameAs(buffer);
        assertThat(again.attachment()).isEqualTo("wrapper");
        assertThat(again.buffer().remaining()).isEqualTo(4 * KIB);
        assertThat(again.buffer().order()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }

    @Test
    void oddBudgetsAreRefused() {
        for (long budget : new long[] {0, -1, 4095, 4097}) {
            assertThatThrownBy(() -> new AlignedBufferPool(budget))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void usesNoHeapOnceWarm() {
        AlignedBufferPool pool = new AlignedBufferPool(2L * MIB);
        long allocated =
                Allocation.during(
                        200_000,
                        () -> {
                            AlignedBuffer large = pool.acquire(MIB);
                            AlignedBuffer small = pool.acquire(4 * KIB);
                            if (large == null || small == null) {
                                throw new AssertionError("the pool is spent");
                            }
                            pool.release(large);
                            pool.release(small);
                        });

        assertThat(allocated).isLessThan(Allocation.NOISE_BYTES);
    }

    private static void eachPage(AlignedBuffer buffer, LongConsumer action) {
        for (int page = 0; page < buffer.capacityBytes(); page += 4 * KIB) {
            action.accept(buffer.address() + page);
        }
    }

    private static AlignedBuffer acquire(AlignedBufferPool pool, int sizeBytes) {
        @Nullable AlignedBuffer buffer = pool.acquire(sizeBytes);
        if (buffer == null) {
            throw new AssertionError("the pool is spent");
        }
        return buffer;
    }
}
